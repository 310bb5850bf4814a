"""`Materials`: what studies of style networks are made of: networks to begin with, pictures to learn and to judge."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from intaglio.data.folder import PictureFolder
from intaglio.samples import STARTS
from intaglio.storage.artifact import from_pretrained
from intaglio.studies.definition import Request
from intaglio.studies.sources import Sources
from intaglio.vocabulary.spec import Spec

_ENCODER, _LOSS_NETWORK, _START = "--encoder", "--loss-network", "--start"
_USUAL = {_ENCODER: "wct-16x", _LOSS_NETWORK: "loss-network"}
_DATA = {"content": "--content", "style": "--style"}
_TEST = {"content": "--test-content", "style": "--test-style"}


class Materials(Spec):
    """What a study is made of, by digest."""

    encoder: str
    start: dict[str, str] = Field(default_factory=dict)
    """By the name of the network; those that are not there begin fresh."""
    loss_network: str
    data: dict[str, str]
    test: dict[str, str]
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Of networks that take more than their papers say, by the name of the network."""

    def of(self, network: str) -> dict[str, Any]:
        """The fields of the description of one network's study."""
        named = self.model_dump(exclude={"settings", "start"})
        own = {"settings": self.settings.get(network, {}), "start": self.start.get(network, "")}
        return {"network": network, **named, **own}


def gather_materials(request: Request, networks: Sequence[str]) -> tuple[Materials, Sources, Mapping[str, Any]]:
    """What is asked, from folders of contents and styles and the networks to begin with.

    Args:
        request: as on a command line.
        networks: those of the definition, where the request names none.

    Returns:
        By digest; where it lies; and the settings of the request, with the start that it names.

    Raises:
        OptionError: folders that are missing, or that nobody has use for.

    """
    request.check(
        needs=(*_DATA.values(), *_TEST.values()),
        hint="name folders of pictures to learn from, and others to be judged on",
        may=(_ENCODER, _LOSS_NETWORK, _START),
    )
    start = request.begin.get(_START)
    kinds = [kind for kind in request.networks or networks if kind in STARTS]
    begin = {kind: str(STARTS[kind]) for kind in kinds} if start is None else {}
    found = {role: where for role, where in {**_USUAL, **request.begin, **begin}.items() if where}
    if start and _ENCODER not in request.begin and (from_pretrained(start).card.name,) == tuple(request.networks or networks):
        # What lies behind an encoder was made for it; with both, a network begins as it is, in its own widths.
        found[_ENCODER] = start
    digests = {role: from_pretrained(where).digest() for role, where in found.items()}
    pictures = {option: PictureFolder.scan(list(paths)).digest() for option, paths in request.folders.items() if paths}
    materials = Materials(
        encoder=digests[_ENCODER],
        start={kind: digests[kind] for kind in begin},
        loss_network=digests[_LOSS_NETWORK],
        data={stream: pictures[option] for stream, option in _DATA.items()},
        test={stream: pictures[option] for stream, option in _TEST.items()},
    )
    places = {role: str(Path(where).resolve()) if Path(where).exists() else where for role, where in found.items()}
    sources = Sources(
        {digest: places[role] for role, digest in digests.items()},
        {digest: tuple(str(path.resolve()) for path in request.folders[option]) for option, digest in pictures.items()},
    )
    settings = request.settings if start is None else {"start": digests.get(_START, ""), **request.settings}
    return materials, sources, settings
