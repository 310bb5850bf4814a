"""Studies on a cluster of two nodes: workers and nodes may die, the bytes stay."""

from pathlib import Path

import pytest

from engines.two_nodes import TwoNodes
from intaglio.engines.cluster import Cluster
from intaglio.studies.tickets.lottery import steps
from intaglio.vocabulary.progress import Progress
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
