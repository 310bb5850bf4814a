"""`Run`: a folder in which one or several phases of training leave their state, logs and samples, and from which they go on.

    run.json                    what is being run
    <phase>/checkpoints/        the last two states
    <phase>/log.jsonl           the terms of the loss
    <phase>/samples/            pictures of how far it is

A run is what its description says: with the same description it goes on where it was, with another one it is refused.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from pydantic import ValidationError
from torch import Tensor

from intaglio.data.batches import Batches, BatchSource, as_float
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.images.atomic import replacing
from intaglio.storage.checkpoint import Checkpoints
from intaglio.training.log import JsonLines
from intaglio.training.loop import train
from intaglio.training.objective import Game, Hook, Moment, Objective
from intaglio.training.samples import SampleGrid
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.errors import JournalError, ResourceError
from intaglio.vocabulary.progress import Listener, Progress, ignore
from intaglio.vocabulary.spec import Spec

Feed = Callable[[TrainingSpec, int, tuple[int, int]], BatchSource]
"""(settings, first step, (rank, processes)) -> batches."""

_DESCRIPTION = "run.json"
_SHOWN = 80


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """How a run is carried out; nothing here changes what comes out."""

    device: str = "cpu"
    workers: int = 2
    """Threads that decode pictures."""
    save_every: int = 500
    """Steps between checkpoints."""
    log_every: int = 20
    """Steps between lines of the log."""
    show_every: int = 500
    """Steps between grids of samples."""
    tensorboard: bool = False
    listener: Listener = ignore
    warned: Callable[[str], None] = lambda _text: None
    """Hears what looks wrong though the run goes on, a sentence each."""
    broken: Callable[[Path, str], None] = lambda _path, _reason: None
    """Hears of each picture that could not be decoded, and why, at the end of a phase; others have stood in for them."""


class Run:
    """A run in its folder.

    Args:
        folder: new, or that of the same run.
        description: of everything that decides what comes out, data included.
        conduct: how it is carried out.
        total: optimizer steps of all phases together, for the progress.

    Raises:
        JournalError: the folder holds another run; the message says what differs.
        ResourceError: the folder cannot be made.

    """

    def __init__(self, folder: Path, description: Spec, conduct: Conduct, *, total: int) -> None:
        self.folder, self.conduct, self.total = folder, conduct, total
        self.digest = description.digest()
        self.broken: dict[Path, str] = {}
        """Pictures that could not be decoded, and why; others stood in for them."""
        self._done, self._began = 0, time.monotonic()
        self._processes = PartialState(cpu=torch.device(conduct.device).type == "cpu")
        with self._processes.main_process_first():
            self._describe(description)

    def phase(
        self,
        name: str,
        objective: Objective | Game,
        feed: Mapping[str, tuple[PictureFolder, Crop]] | Feed,
        spec: TrainingSpec,
        more: Sequence[Hook] = (),
    ) -> None:
        """Train an objective to its last step, from where it was left.

        Args:
            name: of the phase; its folder.
            objective: trained in place.
            feed: pictures and crops by the names that the objective expects; or what makes the batches.
            spec: settings of the loop.
            more: hooks of the caller's, called before a checkpoint is written, in every process.

        """
        folder, conduct = self.folder / name, self.conduct
        checkpoints = Checkpoints(folder / "checkpoints", f"{self.digest}:{name}")
        last = checkpoints.last()
        started = last.step if last else 0

        def loader(start: int, share: tuple[int, int] = (0, 1)) -> BatchSource:
            if isinstance(feed, Mapping):
                return Batches(feed, spec.batch_size, spec.seed, start=start, workers=conduct.workers, share=share)
            return feed(spec, start, share)

        def shown() -> dict[str, Tensor]:
            with loader(spec.steps) as batches:
                return as_float(next(batches), torch.device(conduct.device))

        hooks = [*self._logs(name, shown, started), *more] if self._processes.is_main_process else [*more]
        broken: dict[Path, str] = {}
        train(
            objective,
            loader,
            spec,
            checkpoints=checkpoints,
            save_every=conduct.save_every,
            hooks=hooks,
            device=conduct.device,
            broken=broken,
        )
        for path in broken.keys() - self.broken.keys():
            conduct.broken(path, broken[path])
        self.broken |= broken
        self._done += spec.steps

    def _logs(self, name: str, shown: Callable[[], dict[str, Tensor]], started: int) -> list[Hook]:
        """What tells of a phase; one process does."""
        folder, conduct = self.folder / name, self.conduct
        hooks: list[Hook] = [
            JsonLines(folder / "log.jsonl", every=conduct.log_every, started=started),
            SampleGrid(folder / "samples", shown, every=conduct.show_every),
            self._report(name),
        ]
        if conduct.tensorboard:
            from intaglio.training.tensorboard import TensorBoard

            hooks.append(TensorBoard(folder / "tensorboard", every=conduct.log_every))
        return hooks

    def _report(self, name: str) -> Hook:
        def report(moment: Moment) -> None:
            pace = moment.steps_per_second
            done = self._done + moment.step
            self.conduct.listener(
                Progress(
                    task=f"{name}, {_losses(moment)}, {pace:.2g} steps/s",
                    step=moment.step,
                    steps=moment.steps,
                    done=done,
                    total=self.total,
                    unit="steps",
                    seconds=time.monotonic() - self._began,
                    remaining=(self.total - done) / pace,
                )
            )

        return report

    def _describe(self, spec: Spec) -> None:
        path, description = self.folder / _DESCRIPTION, spec.model_dump(mode="json")
        if path.is_file():
            try:
                before = json.loads(path.read_text())
            except ValueError:
                raise JournalError(f"cannot resume: {path} is damaged; delete {self.folder} to start over") from None
            if not _says(before, spec):
                changes = "; ".join(_differences(before, description))
                raise JournalError(
                    f"{self.folder} holds another run: {changes}; give the same settings to go on, or delete it to start over"
                )
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with replacing(path, durable=True) as temporary:
                temporary.write_text(json.dumps(description, indent=2) + "\n")
        except OSError as error:
            raise ResourceError(f"{self.folder} cannot be made: {error.strerror or error}; choose another folder") from None


def _losses(moment: Moment) -> str:
    """The total; of a game, that of each turn."""
    totals = {name.rpartition(".")[0] or "loss": term for name, term in moment.terms.items() if name.split(".")[-1] == "total"}
    return ", ".join(f"{name} {float(term):.4g}" for name, term in totals.items())


def _says(before: Any, spec: Spec) -> bool:
    """Whether a description is this one, fields that have been added since at their default."""
    try:
        return type(spec).model_validate(before).digest() == spec.digest()
    except ValidationError:
        return False


def _differences(before: Any, now: Any, where: str = "") -> list[str]:
    """`field: was A, is B` for every leaf that differs."""
    if isinstance(before, dict) and isinstance(now, dict):
        names = sorted(before.keys() | now.keys())
        return [line for name in names for line in _differences(before.get(name), now.get(name), f"{where}.{name}".strip("."))]
    return [] if before == now else [f"{where}: was {str(before)[:_SHOWN]}, is {str(now)[:_SHOWN]}"]
