"""The pairs of content and style that networks are judged on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from intaglio.vocabulary.errors import OptionError, PictureError
from intaglio.vocabulary.seeds import derive_seed


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One content and one style."""

    content: Path
    style: Path


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Contents x styles: all pairs, or some of them.

    Raises:
        PictureError: no contents, no styles, or two pictures of one name, by which results are known.
        OptionError: a sample below 1.

    """

    contents: Sequence[Path]
    styles: Sequence[Path]
    sample: int | None = None
    """How many pairs are drawn; None for all, as is a number of all pairs or more."""
    seed: int = 0
    """Of the draw."""

    def __post_init__(self) -> None:
        for role, pictures in (("content", self.contents), ("style", self.styles)):
            if not pictures:
                raise PictureError(f"no {role} pictures; give at least one")
            seen: set[str] = set()
            for path in pictures:
                if path.name in seen:
                    raise PictureError(f"{path}: two {role} pictures have this name, by which results are known; rename one")
                seen.add(path.name)
        if self.sample is not None and self.sample < 1:
            raise OptionError(f"a sample holds at least one pair, not {self.sample}")

    @property
    def drawn(self) -> int | None:
        """How many pairs are drawn; None where these are all."""
        return None if self.sample is None or self.sample >= len(self.contents) * len(self.styles) else self.sample

    def pairs(self) -> list[Pair]:
        """Ordered by content, then style.

        Every pair has a lot of its own, by seed and names, and the lowest are drawn: a larger sample holds the smaller ones,
        and a picture more or less does not exchange the others.
        """
        pairs = [Pair(content=content, style=style) for content in self.contents for style in self.styles]
        if self.drawn is None:
            return pairs
        lots = [derive_seed(self.seed, "pair", pair.content.name, pair.style.name) for pair in pairs]
        chosen = sorted(sorted(range(len(pairs)), key=lots.__getitem__)[: self.drawn])
        return [pairs[index] for index in chosen]


def digest_of_pictures(paths: Sequence[Path]) -> str:
    """16 hex digits that stand for the names and bytes of files, in any order.

    Raises:
        PictureError: a file cannot be read.

    """
    total = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.name):
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise PictureError(f"{path}: cannot be read ({error.strerror}); check the path and its rights") from None
        total.update(f"{path.name}\n{content}\n".encode())
    return total.hexdigest()[:16]
