"""What networks weigh and what jobs will take, as the page shows it.

Run at the desk. The server imports this module, but not torch.
"""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from intaglio.web.caps import Caps
from intaglio.web.records import NetworkRecord, PlanRecord, Wanted
from intaglio.web.store import Store

if TYPE_CHECKING:
    from intaglio.storage.pretrained import Pretrained

# Sides of a content and a style that networks are compared at, and of the tiles.
_SIDE, _STYLE_SIDE, _TILE = 1024, 512, (256, 256)


def usable(devices: Sequence[str], models: Sequence[Path], styles: Sequence[Path]) -> tuple[str, ...]:
    """Look at what was named at the launch; gives the devices by their full names, "auto" being the best there is, each once.

    Raises:
        OptionError: a device that is not here, or a model that does not stylize.
        InputError: a model that is no artifact.
        PictureError: a style that cannot be read.

    """
    from intaglio.images.header import read_header
    from intaglio.storage.artifact import from_pretrained
    from intaglio.stylizing.job import style_network
    from intaglio.stylizing.run import default_device

    for model in models:
        style_network(from_pretrained(model))
    for style in styles:
        read_header(style)
    return tuple(dict.fromkeys(str(default_device(device)) for device in devices))


def describe(networks: dict[str, str], device: str) -> list[NetworkRecord]:
    """The facts of networks, by name and folder.

    Raises:
        IntaglioError: one is no artifact, or does not stylize.

    """
    from intaglio.storage.artifact import from_pretrained
    from intaglio.storage.manifest import weights_path

    return [
        _described(name, from_pretrained(folder), weights_path(folder).stat().st_size, _pace(device))
        for name, folder in networks.items()
    ]


def _described(name: str, pretrained: "Pretrained", size: int, pace: float) -> NetworkRecord:
    from intaglio.stylizing.job import style_network
    from intaglio.stylizing.options import StylizeOptions
    from intaglio.stylizing.schemes import scheme_of

    network = style_network(pretrained)
    scheme = scheme_of(network, StylizeOptions.parse({}, where="options"))
    passes = scheme.passes(_SIDE, _SIDE, _TILE, [(_STYLE_SIDE, _STYLE_SIDE)])
    pruned = sum(int((~kept).sum()) for kept in pretrained.ticket.mask.values()) if pretrained.ticket else 0
    return NetworkRecord(
        name=name,
        title=pretrained.card.title,
        kind=pretrained.card.name,
        parameters=sum(one.numel() for one in network.parameters()) - pruned,
        bytes=size,
        seconds_per_megapixel=1e6 * pace * sum(one.macs for one in passes),
    )


def plan(folder: Path, wanted: Wanted, device: str, networks: dict[str, str], caps: Caps) -> PlanRecord:
    """What a stylization will take.

    Raises:
        InputError: it would be refused; without paths.

    """
    from intaglio.vocabulary.errors import InputError, IntaglioError
    from intaglio.web.running import plain, prepare

    store = Store(folder)
    try:
        made = prepare(store, wanted, device, networks, caps, out=folder / "jobs" / "plan.tif").plan
    except (IntaglioError, OSError) as error:
        raise InputError(plain(error, store, wanted)) from None
    macs = sum(one.macs for one in made.passes) * made.padded_height * made.padded_width
    return PlanRecord(
        width=made.width,
        height=made.height,
        megapixels=made.megapixels,
        passes=len(made.passes),
        memory=made.memory,
        disk=made.disk,
        seconds=macs * _pace(device),
    )


@functools.cache
def _pace(device: str) -> float:
    """Seconds that a multiply-add of a network takes on a device, from a short trial."""
    from intaglio.stylizing.precision import resolve
    from intaglio.stylizing.resources import estimate_seconds
    from intaglio.stylizing.run import default_device

    return estimate_seconds(1.0, resolve("float32", default_device(device)))
