"""Studies of smaller style networks of a few channels on a few pictures: seconds."""

from pathlib import Path
from typing import Any

from intaglio.studies.catalog import DEFINITIONS
from intaglio.studies.compression.definition import CompressionDefinition, CompressionStudy
from intaglio.studies.materials import Materials
from intaglio.studies.sources import Sources
from studies.small_studies import CROP, sources

COMPRESSION = {name: one for name, one in DEFINITIONS.items() if isinstance(one, CompressionDefinition)}
(DEFINITION,) = COMPRESSION.values()
SHORT: dict[str, Any] = {
    "crop": CROP.model_dump(),
    "training": {"steps": 2, "batch_size": 1},
    "retraining": {"steps": 2, "batch_size": 1},
    "methods": ("greg-1", "l1"),
    "speedups": (1.5,),
    "ways": {"greg-1": {"interval": 1, "rule": {"step": 40.0, "ceiling": 100.0}, "training": {"steps": 4}}},
    "multiple": 1,
}


def asked(folder: Path, network: str = "adain", **changes: Any) -> tuple[CompressionStudy, Sources]:
    """One that can be run, on pictures in a folder."""
    given, named = sources(folder, network)
    materials = Materials(**{**named, "start": {network: named["start"]}})
    return DEFINITION.study(materials, "tiny", (network,), **{**SHORT, **changes}), given
