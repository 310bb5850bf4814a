"""`Cluster`: calls as tasks of Ray, on every machine of a cluster that has room.

A task whose worker or machine dies is done again, on whatever machine is left. Before the first one every machine is examined:
it has to have the same version of this package, see the same folder, and have the memory that is asked for. Each task looks at
the same again, since machines may join later.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any

import torch

from intaglio.engines.connection import connected
from intaglio.engines.engine import Crew, Demand
from intaglio.engines.examination import Examination, examining
from intaglio.vocabulary.errors import IntaglioError, OptionError, ResourceError

# A machine that dies takes all tasks on it along, again and again where machines are lent for hours.
_RETRIES = 20
# Of a machine to start a process and load torch.
_PATIENCE = 120.0
# Calls that wait in Ray's queue, which is what a cluster that grows by itself looks at.
_ROOM = 1000
_CPU = "cpu"
# Resident bytes of Ray's own part of a worker, measured.
_OVERHEAD = 120_000_000


class Cluster:
    """A cluster of Ray.

    Args:
        address: HOST:PORT of its head; "auto" or none for the one that this machine belongs to; "local" for one of this machine
            alone, that ends with the work.

    """

    elsewhere, overhead = True, _OVERHEAD

    def __init__(self, address: str | None = None) -> None:
        self.address = address or "auto"

    @contextmanager
    def opened(self, demand: Demand) -> Iterator[Crew]:
        """Examine the machines, then take calls."""
        with connected(self.address) as ray, examining(demand.folder, demand.reads, demand.memory) as examination:
            nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) > 0]
            demand = replace(demand, device=_device(demand.device, nodes))
            gpus = int(demand.device != _CPU)
            width = _width(nodes, demand, gpus)
            _examine(ray, nodes, examination)
            crew = _Tasks(ray, demand, width, examination)
            try:
                yield crew
            finally:
                crew.give_up()


class _Tasks:
    """Tasks of one kind."""

    def __init__(self, ray: ModuleType, demand: Demand, width: int, examination: Examination) -> None:
        self.room, self.width = demand.workers or _ROOM, width
        self._ray, self._given = ray, (examination, demand.device, demand.threads)
        self._task = ray.remote(_do).options(
            num_cpus=demand.threads,
            num_gpus=int(demand.device != _CPU),
            memory=demand.memory or None,
            max_retries=_RETRIES,
            retry_exceptions=False,
            scheduling_strategy="SPREAD",
        )
        self._running: dict[Any, str] = {}

    def begin(self, key: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Hand a call to Ray."""
        self._running[self._task.remote(*self._given, function, arguments)] = key

    def finished(self) -> tuple[str, Any]:
        """Any that is done."""
        (done, *_), _ = self._ray.wait(list(self._running), num_returns=1)
        return self._running.pop(done), _result(self._ray, done)

    def give_up(self) -> None:
        """Stop what is under way; nobody waits for it."""
        for task in self._running:
            self._ray.cancel(task, force=True)
        self._running.clear()


def _do(examination: Examination, device: str, threads: int, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    examination.require()
    torch.set_num_threads(threads)
    return function(device, *arguments)


def _result(ray: ModuleType, task: Any) -> Any:
    """What a task gave.

    Raises:
        IntaglioError: what it raised.
        ResourceError: it died with its worker too often.

    """
    try:
        return ray.get(task)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        # Ray raises errors of a class of its own making, which is no use to those who look at the class or the text.
        raise (cause if isinstance(cause, Exception) else error) from None
    except ray.exceptions.RayError as error:
        raise ResourceError(
            f"the cluster lost a task {_RETRIES + 1} times ({_line(error)}); see to its nodes, then run the same again, it "
            "goes on where it was"
        ) from None


def _device(asked: str, nodes: Sequence[Mapping[str, Any]]) -> str:
    """Where tasks compute: Ray shows each the one card that it has, so cards have no numbers.

    Raises:
        OptionError: no such kind of device.

    """
    if asked == "auto":
        return "cuda" if any(node["Resources"].get("GPU", 0) > 0 for node in nodes) else "cpu"
    kind = asked.partition(":")[0]
    if kind not in ("cpu", "cuda"):
        raise OptionError(f"device {asked!r} is not supported; use auto, cpu or cuda")
    return kind


def _width(nodes: Sequence[Mapping[str, Any]], demand: Demand, gpus: int) -> int:
    """Calls that all machines together do at once.

    Raises:
        ResourceError: a machine is too small, or none could ever begin one, which Ray would wait for without an end.

    """
    needs = {"CPU": demand.threads, "GPU": gpus, "memory": demand.memory}
    for node in nodes:
        if (has := node["Resources"].get("memory", 0)) < demand.memory:
            raise ResourceError(
                f"node {_name(node)} offers {has:,.0f} bytes of memory, less than the {demand.memory:,} of --memory; give "
                "less, or take the node out of the cluster"
            )
    places = sum(int(min(node["Resources"].get(name, 0) // count for name, count in needs.items() if count)) for node in nodes)
    if not places:
        wanted = f"{demand.threads} processor{'s' * (demand.threads > 1)}" + (" and a GPU" if gpus else "")
        raise ResourceError(f"no node of the cluster has {wanted} for a task; it has {len(nodes)} nodes with processors")
    return min(places, demand.workers or places)


def _examine(ray: ModuleType, nodes: Sequence[Mapping[str, Any]], examination: Examination) -> None:
    """Have every machine look.

    Raises:
        ResourceError: what is wrong with the first one that something is wrong with.

    """
    strategy = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
    task = ray.remote(Examination.failings)
    asked = {
        task.options(num_cpus=0, max_retries=1, scheduling_strategy=strategy(node["NodeID"], soft=False)).remote(
            examination
        ): node
        for node in nodes
    }
    answered, silent = ray.wait(list(asked), num_returns=len(asked), timeout=_PATIENCE)
    for one in answered:
        try:
            wrong = ray.get(one)
        except IntaglioError:
            raise
        except Exception as error:
            wrong = f"intaglio cannot be loaded there ({_line(error)}); install it as it is here"
        if wrong:
            raise ResourceError(f"node {_name(asked[one])}: {wrong}")
    if silent:
        raise ResourceError(f"node {_name(asked[silent[0]])} does not answer within {_PATIENCE:g} s; see to it, or take it out")


def _name(node: Mapping[str, Any]) -> str:
    return f"{node['NodeManagerHostname']} ({node['NodeManagerAddress']})"


def _line(error: BaseException) -> str:
    """The last line of an error, which says what it is; Ray's have many."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__
