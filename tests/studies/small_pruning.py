"""Studies of structured pruning of a few channels on pictures of noise: seconds."""

from pathlib import Path
from typing import Any

from data.small_classes import class_folders
from intaglio.data.class_folders import read_labelled
from intaglio.studies.catalog import DEFINITIONS
from intaglio.studies.definition import Request
from intaglio.studies.sources import Sources
from intaglio.studies.structured.definition import PruningDefinition, PruningStudy

PRUNING = {name: one for name, one in DEFINITIONS.items() if isinstance(one, PruningDefinition)}
DATA = {"--data": ("a" * 16, "b" * 16)}
TARGET = {"--target": ("c" * 16, "d" * 16)}
# Increments so large that a few steps are enough.
QUICK: dict[str, dict[str, Any]] = {
    "spp": {"training": {"steps": 70}, "rule": {"largest": 0.2}},
    "increg": {"training": {"steps": 70}, "rule": {"largest": 0.05, "ceiling": 0.2}},
    "greg-1": {"interval": 1, "training": {"steps": 70}, "rule": {"step": 0.05, "ceiling": 0.2}},
}
SHORT: dict[str, Any] = {
    "settings": {"widths": [2, 4, 8]},
    "methods": ("spp", "l1"),
    "speedups": (1.5,),
    "ways": QUICK,
    "lesson": {"training": {"steps": 4}},
    "retraining": {"steps": 3},
}


def study(name: str = "structured", network: str = "convnet", scale: str = "tiny", **changes: Any) -> PruningStudy:
    """One of which nothing can be run."""
    definition = PRUNING[name]
    return definition.study({**DATA, **(TARGET if definition.transfers else {})}, network, scale, **changes)


def asked(folder: Path, name: str = "structured", **changes: Any) -> tuple[PruningStudy, Sources]:
    """One that can be run, on pictures in a folder."""
    definition, folders = PRUNING[name], {"--data": class_folders(folder / "pictures")}
    if definition.transfers:
        folders["--target"] = class_folders(folder / "others", ("ant", "bee", "fly"))
    for one in folders.values():
        assert len(read_labelled(one, learn=False, side=32)) > 3
    return definition.asked(
        Request(
            scale="tiny",
            networks=("convnet",),
            folders={option: (path,) for option, path in folders.items()},
            settings={**SHORT, **changes},
        )
    )
