"""How much is done of a study of GANs: seconds, hours on two cores, or the schedules of the papers."""

from collections.abc import Callable, Mapping
from typing import Any

from intaglio.studies.gans.games import PRESETS
from intaglio.training.gan.catalog import TRANSLATIONS
from intaglio.vocabulary.catalog import Catalog

# Settings of networks by their names in the catalog of models.
_TINY: Mapping[str, Mapping[str, Any]] = {
    "resnet-generator": {"width": 4, "latent": 8},
    "deep-conv-generator": {"width": 8, "widths": [8, 4, 4], "latent": 8},
    "cyclegan-generator": {"width": 2, "blocks": 1},
    "resnet-discriminator": {"width": 4},
    "deep-conv-discriminator": {"widths": [4, 4, 4, 4, 4, 4, 4]},
    "patch-discriminator": {"widths": [4, 4, 4, 4]},
}
_SMALL: Mapping[str, Mapping[str, Any]] = {
    "resnet-generator": {"width": 32},
    "deep-conv-generator": {"width": 128, "widths": [64, 32, 16]},
    "cyclegan-generator": {"width": 16, "blocks": 3},
    "resnet-discriminator": {"width": 32},
    "deep-conv-discriminator": {"widths": [16, 16, 32, 32, 64, 64, 128]},
    "patch-discriminator": {"widths": [16, 32, 64, 128]},
}


def _scaled(preset: str, networks: Mapping[str, Mapping[str, Any]], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a preset with smaller networks; what the preset says of them stays."""
    known = PRESETS[preset]
    return known.filled({"generator": networks[known.generator], "discriminator": networks[known.discriminator], **settings})


def _tiny(preset: str) -> Mapping[str, Any]:
    short: dict[str, Any] = {"training": {"steps": 4, "batch_size": 4}}
    if preset in TRANSLATIONS:
        short |= {"training": {"steps": 4}, "crop": {"size": 32, "to": 36}}
    else:
        short |= {"critic_steps": 1, "generator_batch": 4}
    settings = _scaled(preset, _TINY, short)
    return {"settings": settings, "seeds": (0,), "rounds": 2, "samples": 16, "looks": 2, "metrics": ("fid",)}


def _small(preset: str) -> Mapping[str, Any]:
    short: dict[str, Any] = {"training": {"steps": 1000, "batch_size": 32, "precision": "bfloat16"}}
    if preset in TRANSLATIONS:
        short |= {"training": {"steps": 1500, "precision": "bfloat16"}, "crop": {"size": 64, "to": 72}}
    else:
        # So short a training is averaged over less of it.
        short |= {"critic_steps": 2, "generator_batch": 32, "average": 0.99}
    settings = _scaled(preset, _SMALL, short)
    return {"settings": settings, "seeds": (0, 1), "rounds": 8, "samples": 2000, "looks": 4, "metrics": _metrics(preset)}


def _paper(preset: str) -> Mapping[str, Any]:
    settings = PRESETS[preset].filled({})
    return {"settings": settings, "seeds": (0, 1, 2), "rounds": 10, "samples": 50_000, "looks": 16, "metrics": _metrics(preset)}


def _metrics(preset: str) -> tuple[str, ...]:
    """Collections of unpaired pictures have some hundred to be translated, and KID asks for a thousand."""
    return ("fid",) if preset in TRANSLATIONS else ("fid", "kid")


SCALES: Catalog[Callable[[str], Mapping[str, Any]]] = Catalog("scale", [("tiny", _tiny), ("small", _small), ("paper", _paper)])
"""Name of a preset -> the fields of `GanLottery` that say how much is done: seconds; two cores for hours; the paper's."""
