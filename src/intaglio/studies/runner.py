"""`run_steps`: the steps of a study, those that are there left alone, independent ones side by side, by an engine.

Each step computes with one thread, so that a result does not depend on how many work at once, or where.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch

from intaglio.engines.engine import Demand, Engine
from intaglio.engines.local import Local
from intaglio.runtime.hardware import describe_hardware
from intaglio.storage.depot import Depot
from intaglio.studies.action import Bench
from intaglio.studies.actions import ACTIONS
from intaglio.studies.history import Making, describe_code, note
from intaglio.studies.mirror import workspace_at
from intaglio.studies.sources import Sources
from intaglio.studies.workspace import Workspace
from intaglio.training.run import Conduct
from intaglio.vocabulary.errors import IntaglioError, ResourceError
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
    workers: int | None = None,
    device: str = "cpu",
    listener: Listener = ignore,
    engine: Engine | None = None,
) -> None:
    """Do all steps that are not done.

    Args:
        steps: in an order in which each stands behind those it needs; of equal ones one is done.
        workspace: locked by the caller, where it is a folder; at a URL there are no locks.
        sources: the networks and pictures that steps name; where other machines work, at places that they see too.
        workers: steps at once; None as the engine has it.
        device: where is trained; of "cuda" without a number every card takes steps in turn.
        listener: hears of every step that is done, wherever it was.
        engine: that does them; None for this machine.

    Raises:
        IntaglioError: what a step raised; those that are done stay.
        ResourceError: workers were killed, or the engine cannot do such work.

    """
    before = workspace.snapshot()
    waiting = {step.digest(): step for step in steps if before.result(step.digest()) is None}
    report = _Report({step.digest(): step for step in steps}, waiting, listener)
    if not waiting:
        return
    place = workspace.place
    demand = Demand(folder=place, reads=sources.paths(), workers=workers, device=device)
    with (engine or Local()).opened(demand) as crew:
        running, done = set[str](), set[str]()
        while waiting or running:
            for digest in [digest for digest in waiting if _ready(waiting[digest], before, done)]:
                if len(running) == crew.room:
                    break
                crew.begin(digest, take_step, waiting.pop(digest), place, sources)
                running.add(digest)
            digest, _ = crew.finished()
            if isinstance(place, Depot) and workspace.result(digest) is None:
                raise ResourceError(
                    f"{workspace} has no result of the step {digest}, which was done; its workers do not share it"
                )
            running.remove(digest)
            done.add(digest)
            report.done(digest)


def take_step(device: str, step: Spec, place: Path | Depot, sources: Sources) -> None:
    """One step, unless somebody does it meanwhile: a worker that was given up for dead may not know of it."""
    workspace = workspace_at(place)
    with workspace.claimed(step):
        if workspace.result(step.digest()) is None:
            do_step(step, workspace, sources, device)


def do_step(step: Spec, workspace: Workspace, sources: Sources, device: str) -> None:
    """One step, in this process."""
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


def _ready(step: Spec, before: Workspace, done: Collection[str]) -> bool:
    return all(need in done or before.result(need) is not None for need in ACTIONS[type(step)].needs(step))


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
