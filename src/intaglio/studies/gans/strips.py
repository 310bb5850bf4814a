"""`Strip`: pictures by the generators of a game over its training, as its report shows them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from intaglio.data.picture_sets import FilesSet
from intaglio.storage.artifact import from_pretrained
from intaglio.studies.action import Bench
from intaglio.studies.gans.games import generators
from intaglio.studies.gans.pictures import draw_square, generated
from intaglio.studies.gans.places import part_of
from intaglio.vocabulary.spec import Spec


class Strip(Spec):
    """Pictures by the generators of a game, to look at: those of always the same latents, or of the same given pictures."""

    of: str
    """Digest of the `Play`."""
    preset: str
    given: dict[str, str] = Field(default_factory=dict)
    """By generator that translates, the digest of the pictures to translate."""
    side: int = Field(ge=1)
    kept: tuple[int, ...] = ()
    """Training steps after which pictures are made, too."""
    rows: int = Field(ge=1)
    """Of a square of pictures."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Digests of the steps that have to be done before."""
        return (self.of,)


def draw_strip(spec: Strip, bench: Bench, folder: Path) -> Mapping[str, Any]:
    """Draw them, a square for each generator and moment."""
    for part in generators(spec.preset):
        given = bench.sources.folder(spec.given[part]) if part in spec.given else None
        if given is not None:
            draw_square(FilesSet(given, "what is given"), spec.rows, drawn_at(folder, part, "given"), side=spec.side)
        for at in (*spec.kept, None):
            made = from_pretrained(part_of(bench.workspace, spec.of, part, at))
            pictures = generated(made, given, side=spec.side, count=spec.rows**2, seed=0)
            draw_square(pictures, spec.rows, drawn_at(folder, part, at), side=spec.side)
    return {}


def drawn_at(folder: Path, part: str, at: int | str | None) -> Path:
    """Where a `Strip` keeps the pictures of a generator: after a training step, in the end, or those that were "given"."""
    return folder / f"{part}-{'end' if at is None else at}.jpg"
