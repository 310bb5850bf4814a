"""A cluster of two nodes on this machine: two raylets, which know of each other by the network only."""

import os
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

# A node that was killed is missed after two seconds and not after half a minute.
_QUICK = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 1000, "health_check_failure_threshold": 2}
_NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}


class TwoNodes:
    """A head and another node, of one processor each."""

    def __init__(self, cluster: Any, homes: Path | None) -> None:
        self.cluster, self.address, self.homes = cluster, cluster.address, homes
        self.second = cluster.add_node(**_NODE, **_at_home(homes, "second"))

    def kill_second(self) -> None:
        """As if its machine lost power: only its raylet is told, or rather is not."""
        os.kill(_raylet(self.second), signal.SIGKILL)

    @contextmanager
    def losing_a_worker(self) -> Iterator[list[int]]:
        """Kill the first process that is seen at a task of ours; gives the list that its number comes into."""
        killed: list[int] = []
        ended = threading.Event()

        def strike() -> None:
            while not ended.wait(0.01):
                if workers := self.workers():
                    os.kill(workers[0], signal.SIGKILL)
                    killed.append(workers[0])
                    return

        thread = threading.Thread(target=strike)
        thread.start()
        try:
            yield killed
        finally:
            ended.set()
            thread.join()

    @property
    def complete(self) -> bool:
        """Whether both nodes live."""
        pid = _raylet(self.second)
        return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE

    def revive(self) -> None:
        """Another machine takes the place of one that died."""
        if not self.complete:
            self.cluster.remove_node(self.second, allow_graceful=False)
            self.second = self.cluster.add_node(**_NODE, **_at_home(self.homes, "second"))

    def workers(self) -> list[int]:
        """Processes that are at a task of ours."""
        found = []
        for one in psutil.process_iter(["cmdline"]):
            command = one.info["cmdline"] or [""]
            if command[0].startswith("ray::_do") and self._owns(one):
                found.append(one.pid)
        return found

    def _owns(self, process: psutil.Process) -> bool:
        raylets = {_raylet(self.cluster.head_node), _raylet(self.second)}
        return any(parent.pid in raylets for parent in process.parents())


def _raylet(node: Any) -> int:
    return int(node.all_processes["raylet"][0].process.pid)


def _at_home(homes: Path | None, name: str) -> dict[str, Any]:
    """Another machine has another home."""
    if homes is None:
        return {}
    (homes / name).mkdir(parents=True, exist_ok=True)
    return {"env_vars": {"HOME": str(homes / name)}}


@contextmanager
def two_nodes(homes: Path | None = None) -> Iterator[TwoNodes]:
    """Begin them, with homes of their own in a folder if there is one, and end all that they began."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    before = {one.pid for one in psutil.Process().children(recursive=True)}
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        # Ray leaves the files that its processes write to open when it is asked to forget them.
        warnings.simplefilter("ignore", ResourceWarning)
        cluster = Cluster(initialize_head=True, head_node_args={**_NODE, **_at_home(homes, "head"), "_system_config": _QUICK})
        try:
            yield TwoNodes(cluster, homes)
        finally:
            cluster.shutdown()
            ours = [one for one in psutil.Process().children(recursive=True) if one.pid not in before]
            psutil.wait_procs(ours, timeout=10)
