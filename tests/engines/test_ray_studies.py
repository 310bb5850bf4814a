"""Studies on a cluster of two nodes: workers and nodes may die, the bytes stay."""

from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from engines.two_nodes import TwoNodes
from intaglio.engines.cluster import Cluster
from intaglio.studies.tickets.lottery import steps
from intaglio.vocabulary.errors import ResourceError
from intaglio.vocabulary.progress import Progress
from studies.machines import kept_of, machine, put, small
from studies.machines import run as at_url
from studies.small_studies import contents, run, sources, study

pytestmark = pytest.mark.ray


def test_six_branches_survive_the_death_of_a_worker_and_of_a_node_and_end_with_the_bytes_of_one_machine(
    tmp_path: Path, nodes: TwoNodes
) -> None:
    given, named = sources(tmp_path, "adain")
    spec = study(named, rounds=1, seeds=tuple(range(6)))
    seen: list[Progress] = []

    def strike(progress: Progress) -> None:
        seen.append(progress)
        if progress.step == 3:
            nodes.kill_second()

    with nodes.losing_a_worker() as killed:
        far = run(tmp_path / "far", spec, given, engine=Cluster(nodes.address), listener=strike)
    assert killed
    assert not nodes.complete
    assert [event.step for event in seen] == list(range(1, len({step.digest() for step in steps(spec)}) + 1))
    assert contents(far) == contents(run(tmp_path / "here", spec, given))


def test_machines_that_share_a_url_and_nothing_else_end_with_the_bytes_of_one(tmp_path: Path, nodes: TwoNodes) -> None:
    study, given = small(tmp_path, seeds=(0, 1, 2))
    url, seen = f"file://{tmp_path}/store", list[Progress]()

    def lose(progress: Progress) -> None:
        seen.append(progress)
        if progress.step == 3:
            nodes.kill_second()

    with machine(tmp_path / "home"), nodes.losing_a_worker() as killed:
        at_url(url, study, given, engine=Cluster(nodes.address), listener=lose)
    assert killed
    assert [event.step for event in seen] == list(range(1, len({step.digest() for step in study.steps()}) + 1))
    assert put(url) == kept_of(at_url(tmp_path / "here", study, given))
    # What each machine needed is in its own home, and nothing of steps in that of who asked.
    assert nodes.homes is not None
    made = {home: list(home.glob(".cache/intaglio/studies/*/steps/*/result.json")) for home in nodes.homes.iterdir()}
    assert all(made.values())
    assert not list((tmp_path / "home").rglob("result.json"))


def test_a_url_that_is_another_place_on_every_machine_is_refused(tmp_path: Path, nodes: TwoNodes) -> None:
    study, given = small(tmp_path)
    url = "memory://bucket/tickets"
    with (
        machine(tmp_path / "home"),
        pytest.raises(
            ResourceError, match=f"it does not see {url} as it is here; name a folder on storage that all nodes share"
        ),
    ):
        at_url(url, study, given, engine=Cluster(nodes.address))
    assert [name for name in MemoryFileSystem.store if "probe" in name] == []
    MemoryFileSystem.store.clear()
