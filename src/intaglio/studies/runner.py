"""`run_steps`: the steps of a study, those that are there left alone, independent ones side by side in processes of their own.

Each worker computes with one thread, so that a result does not depend on how many work at once.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import torch

from intaglio.runtime.hardware import describe_hardware
from intaglio.runtime.parent import follow_parent
from intaglio.studies.action import Bench
from intaglio.studies.actions import ACTIONS
from intaglio.studies.history import Making, describe_code, note
from intaglio.studies.sources import Sources
from intaglio.studies.workspace import Workspace
from intaglio.training.run import Conduct
from intaglio.vocabulary.errors import IntaglioError, ResourceError, TrainingError
from intaglio.vocabulary.progress import Listener, Progress, ignore
from intaglio.vocabulary.spec import Spec


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a study is."""

    steps: int
    done: int
    cost: float
    """Of all steps, in training steps."""
    cost_done: float


def standing(steps: Sequence[Spec], workspace: Workspace) -> Standing:
    """What is there of these steps."""
    done = [step for step in steps if workspace.result(step.digest()) is not None]
    return Standing(steps=len(steps), done=len(done), cost=_cost(steps), cost_done=_cost(done))


def run_steps(
    steps: Sequence[Spec],
    workspace: Workspace,
    sources: Sources,
    *,
    workers: int = 1,
    device: str = "cpu",
    listener: Listener = ignore,
) -> None:
    """Do all steps that are not done.

    Args:
        steps: in an order in which each stands behind those it needs; of equal ones one is done.
        workspace: locked by the caller.
        sources: the networks and pictures that steps name.
        workers: processes; 1 works in this one.
        device: where is trained; of "cuda" without a number every card takes workers in turn.
        listener: hears of every step that is done.

    Raises:
        IntaglioError: what a step raised; those that are done stay.
        TrainingError: a worker was killed.

    """
    waiting = {step.digest(): step for step in steps if workspace.result(step.digest()) is None}
    report = _Report({step.digest(): step for step in steps}, waiting, listener)
    if workers == 1:
        for digest, step in waiting.items():
            do_step(step, workspace.folder, sources, device)
            report.done(digest)
        return
    # Forked processes would inherit torch's threads in whatever state they are.
    context = get_context("spawn")
    places = context.SimpleQueue()
    for place in devices_of(workers, device):
        places.put(place)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_settle, initargs=(places,)) as pool:
        running: dict[Future[None], str] = {}
        try:
            while waiting or running:
                for digest in [digest for digest in waiting if _ready(waiting[digest], workspace)]:
                    if len(running) == workers:
                        break
                    running[pool.submit(_do_step_here, waiting.pop(digest), workspace.folder, sources)] = digest
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
                    report.done(running.pop(future))
        except BrokenProcessPool:
            raise TrainingError("a worker was killed; run the study again, it goes on where it was") from None
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def devices_of(workers: int, device: str) -> list[str]:
    """Where each worker trains."""
    count = torch.cuda.device_count() if device == "cuda" else 0
    return [f"{device}:{number % count}" if count else device for number in range(workers)]


_HERE: list[str] = []
"""The device of this worker."""


def _settle(places: "SimpleQueue[str]") -> None:
    """Begin as a worker: one thread, and a device of its own; it ends with the process that began it, however that ends."""
    # Another run may take over the steps of one that was killed; two must not write the same one.
    follow_parent()
    torch.set_num_threads(1)
    _HERE[:] = [places.get()]


def _do_step_here(step: Spec, folder: Path, sources: Sources) -> None:
    do_step(step, folder, sources, _HERE[0])


def do_step(step: Spec, folder: Path, sources: Sources, device: str) -> None:
    """One step, in this process."""
    workspace = Workspace(folder)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        bench = Bench(workspace=workspace, sources=sources, conduct=_conduct(device))
        began, clock, made = datetime.now(UTC), time.monotonic(), workspace.begin_step(step)
        result = ACTIONS[type(step)].run(step, bench, made)
        note(
            Making(
                day=began.date().isoformat(),
                seconds=round(time.monotonic() - clock, 2),
                hardware=describe_hardware(torch.device(device)),
                code=describe_code(),
            ),
            made,
        )
        workspace.end_step(step, result)
    except IntaglioError:
        raise
    except OSError as error:
        raise ResourceError(
            f"{workspace.step(step.digest())}: {error.strerror or error}; make room, then run it again"
        ) from None
    finally:
        torch.set_num_threads(threads)


def _conduct(device: str) -> Conduct:
    # Samples are drawn from trained networks by the report; the loop need not.
    return Conduct(device=device, workers=1, save_every=200, show_every=1 << 30)


def _ready(step: Spec, workspace: Workspace) -> bool:
    return all(workspace.result(need) is not None for need in ACTIONS[type(step)].needs(step))


def _cost(steps: Iterable[Spec]) -> float:
    return sum(ACTIONS[type(step)].cost(step) for step in steps)


class _Report:
    """Progress of all steps together."""

    def __init__(self, steps: Mapping[str, Spec], waiting: Mapping[str, Spec], listener: Listener) -> None:
        self.steps, self.listener = steps, listener
        self.total, self.before = _cost(steps.values()), _cost(steps.values()) - _cost(waiting.values())
        self.number, self.now, self.began = len(steps) - len(waiting), self.before, time.monotonic()

    def done(self, digest: str) -> None:
        """Tell of a step."""
        step = self.steps[digest]
        self.number += 1
        self.now += _cost([step])
        seconds = time.monotonic() - self.began
        self.listener(
            Progress(
                task=f"{type(step).__name__.lower()} {digest}",
                step=self.number,
                steps=len(self.steps),
                done=self.now,
                total=self.total,
                unit="training steps",
                seconds=seconds,
                remaining=(self.total - self.now) * seconds / max(1e-9, self.now - self.before),
            )
        )
