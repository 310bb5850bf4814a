"""One cluster for all tests that need one."""

from collections.abc import Iterator

import pytest

from engines.two_nodes import TwoNodes, two_nodes


@pytest.fixture(autouse=True)
def _with_ray(request: pytest.FixtureRequest) -> None:
    """Tests that need Ray are left out where it is not installed."""
    if request.node.get_closest_marker("ray"):
        pytest.importorskip("ray")


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoNodes]:
    with two_nodes(tmp_path_factory.mktemp("homes")) as found:
        yield found


@pytest.fixture
def nodes(cluster: TwoNodes) -> TwoNodes:
    """Both alive."""
    cluster.revive()
    return cluster
