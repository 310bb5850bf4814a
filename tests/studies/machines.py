"""Small studies at URLs, on machines that share nothing else: each has a cache of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from intaglio.storage.depot import Depot
from intaglio.studies.materials import Materials
from intaglio.studies.mirror import workspace_at
from intaglio.studies.runner import run_steps
from intaglio.studies.sources import Sources
from intaglio.studies.study import Study
from intaglio.studies.workspace import Workspace
from studies.small_studies import TICKETS, contents, sources

SMALL = {
    "crop": {"size": 32, "resize": "shorter", "to": 40},
    "training": {"steps": 3, "batch_size": 2},
    "rounds": 1,
    "batches": 2,
    "floor": 0.01,
}


@contextmanager
def machine(home: Path) -> Iterator[None]:
    """Be a machine, or rather a user there, with this folder as home."""
    home.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        yield


def small(folder: Path, **changes: Any) -> tuple[Study, Sources]:
    """A study of few steps, and what it is made of."""
    given, named = sources(folder, "adain")
    materials = Materials(**{**named, "start": {"adain": named["start"]}})
    return TICKETS["joint-training"].study(materials, "tiny", ("adain",), **{**SMALL, **changes}), given


def begun(place: Any, study: Study, given: Sources) -> Workspace:
    workspace = workspace_at(place)
    workspace.describe(study)
    given.keep(workspace)
    return workspace


def run(place: Any, study: Study, given: Sources, **options: Any) -> Workspace:
    workspace = begun(place, study, given)
    with workspace.locked():
        run_steps(study.steps(), workspace, Sources.kept(workspace), **options)
    return workspace


def put(url: str) -> dict[str, bytes]:
    """What lies at a URL, without logs and notes, which tell of time."""
    depot = Depot.at(url)
    names = [name for name in depot.names() if not name.endswith((".jsonl", "made.json"))]
    return depot.read_all(names)


def kept_of(workspace: Workspace) -> dict[str, bytes]:
    """The same of a study in a folder, without locks."""
    return {name: content for name, content in contents(workspace).items() if not name.endswith("lock")}
