"""The one training loop: steps, an objective, hooks. It knows no network, no method and no picture file.

An objective has one optimizer. A game is several objectives that take turns on every batch, each with its own.

Batches are a function of the step and every random draw comes from one generator, which is part of the checkpoint; so a run
that was killed and goes on computes what it would have computed: to the bit on a CPU, with as many threads. Device and
processes are Accelerate's business.

Several processes share every batch in equal parts, and average their gradients before a step: what they take together is the
step that one process takes on the whole batch, and their weights stay equal to the bit. Objectives that draw random numbers
draw others in each process, a function of seed, step and process.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import Tensor, nn

from intaglio.data.batches import BatchSource, as_float
from intaglio.storage.checkpoint import Checkpoint, Checkpoints
from intaglio.training.objective import Game, Hook, Moment, Objective, Turn
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.errors import OptionError, TrainingError
from intaglio.vocabulary.seeds import derive_seed

Loader = Callable[[int, tuple[int, int]], BatchSource]
"""Makes the batches from a step on, for one of several processes: (first step, (rank, processes))."""


# Files that a message names.
_NAMED = 8


def train(
    objective: Objective | Game,
    loader: Loader,
    spec: TrainingSpec,
    *,
    checkpoints: Checkpoints,
    save_every: int = 500,
    hooks: Sequence[Hook] = (),
    device: torch.device | str = "cpu",
    broken: dict[Path, str] | None = None,
) -> None:
    """Train the objective's networks in place, from the last checkpoint on.

    Args:
        objective: a module as well, or a game; in the end it is on the CPU and in evaluation mode.
        loader: of batches of the spec's size; of a game's, each turn divides them by its moves.
        spec: the settings.
        checkpoints: where the state is kept.
        save_every: steps between checkpoints; one more is written at the end.
        hooks: called after every step, in every process.
        device: "cpu" or "cuda".
        broken: takes the pictures that could not be decoded, and why; others stood in for them.

    Raises:
        TrainingError: a term of the loss is not finite.
        JournalError: the checkpoint is damaged.
        ResourceError: a checkpoint cannot be written.
        OptionError: a game on several processes, or a network that normalizes over batches.

    """
    # The caller's generator is none of the run's business.
    with torch.random.fork_rng(devices=None if torch.device(device).type == "cuda" else ()):
        torch.manual_seed(spec.seed)
        run = _Run(objective, spec, torch.device(device), checkpoints)
        start = run.resume()
        run.go(loader, start, save_every, hooks, {} if broken is None else broken)
        run.end()


class _Run:
    """One run in this process."""

    def __init__(self, objective: Objective | Game, spec: TrainingSpec, device: torch.device, checkpoints: Checkpoints) -> None:
        assert isinstance(objective, nn.Module)
        self.objective, self.spec, self.checkpoints = objective, spec, checkpoints
        self.accelerator = Accelerator(cpu=device.type == "cpu")
        objective.to(self.accelerator.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        turns = objective.turns if isinstance(objective, Game) else (Turn(name="", objective=objective),)
        if len(turns) > 1 and self.accelerator.num_processes > 1:
            raise OptionError(f"{len(turns)} optimizers that take turns run in one process, not in several; start one")
        self._require_independence()
        self.players = [_Player(turn, spec, self.accelerator) for turn in turns]

    def go(self, loader: Loader, start: int, save_every: int, hooks: Sequence[Hook], broken: dict[Path, str]) -> None:
        """All steps from `start` on."""
        spec, began = self.spec, time.monotonic()
        if start >= spec.steps:
            return
        self.objective.trained.train()
        with loader(start, (self.accelerator.process_index, self.accelerator.num_processes)) as batches:
            for step in range(start, spec.steps):
                self._seed(step)
                batch = as_float(next(batches), self.accelerator.device)
                terms = self._step(step, batch, batches)
                moment = Moment(
                    step=step + 1,
                    steps=spec.steps,
                    terms=terms,
                    rate=spec.rate(step),
                    seconds=time.monotonic() - began,
                    waited=batches.waited_seconds,
                    started=start,
                    objective=self.objective,
                    optimizer=self.players[0].optimizer.optimizer,
                )
                for hook in hooks:
                    hook(moment)
                due = (step + 1) % save_every == 0 or step + 1 == spec.steps
                if due and self.accelerator.is_main_process:
                    self.checkpoints.save(step + 1, self._state())
            broken |= batches.broken
        # Nobody goes on, and perhaps reads the last checkpoint, before it is written.
        self.accelerator.wait_for_everyone()

    def end(self) -> None:
        """Leave the networks for whoever comes next."""
        assert isinstance(self.objective, nn.Module)
        self.objective.to("cpu")
        self.objective.trained.eval()

    def _require_independence(self) -> None:
        """Refuse what would not be the step of one process: statistics of a part of the batch are not those of all."""
        if self.accelerator.num_processes == 1:
            return
        for name, module in self.objective.trained.named_modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                raise OptionError(f"{name} normalizes over the whole batch, which several processes divide; start one process")

    def _seed(self, step: int) -> None:
        """Numbers that no other process draws, and that need no state to go on with any number of processes."""
        if self.accelerator.num_processes > 1:
            torch.manual_seed(derive_seed(self.spec.seed, "step", step, self.accelerator.process_index))

    def _step(self, step: int, batch: dict[str, Tensor], batches: BatchSource) -> dict[str, Tensor]:
        seen: dict[str, Tensor] = {}
        for player in self.players:
            for part in _parts(batch, player.turn.times):
                terms = player.terms(part)
                told = self._averaged(terms)
                if not bool(told[player.total].isfinite()):
                    self._refuse(step, told, batches)
                player.move(terms, self.spec.rate(step))
                seen |= told
        return seen

    def _averaged(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        """The terms on the whole batch; so all processes find together that one is not finite."""
        own = {name: term.detach() for name, term in terms.items()}
        if self.accelerator.num_processes == 1:
            return own
        means = self.accelerator.reduce(torch.stack([term.float() for term in own.values()]), "mean")
        return dict(zip(own, means.unbind(), strict=True))

    def _refuse(self, step: int, terms: dict[str, Tensor], batches: BatchSource) -> None:
        bad = [f"{name} = {float(term.detach()):g}" for name, term in terms.items() if not bool(term.isfinite())]
        # The total comes last, and is named where nothing else is to blame.
        blamed = ", ".join(bad[:-1] or bad)
        names = gather_object([str(path) for paths in batches.names(step).values() for path in paths])
        files = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        raise TrainingError(
            f"the loss is not finite at step {step + 1} ({blamed}) on the batch {files}; "
            "look at these pictures, then start over without them or with a lower learning rate"
        )

    def _state(self) -> dict[str, Tensor]:
        """All that the next step depends on, by name."""
        state = {f"weights.{name}": tensor for name, tensor in self.objective.trained.state_dict().items()}
        for player in self.players:
            for number, moments in player.optimizer.state_dict()["state"].items():
                state |= {f"{player.kind}.{number}.{name}": tensor for name, tensor in moments.items()}
        state["generator.cpu"] = torch.get_rng_state()
        if self.accelerator.device.type == "cuda":
            state["generator.cuda"] = torch.cuda.get_rng_state(self.accelerator.device)
        return state

    def resume(self) -> int:
        """Take on the state of the last checkpoint; the number of steps done."""
        checkpoint: Checkpoint | None = self.checkpoints.last()
        if checkpoint is None:
            return 0
        weights: dict[str, Tensor] = {}
        moments: dict[str, dict[int, dict[str, Tensor]]] = {player.kind: {} for player in self.players}
        for name, tensor in checkpoint.tensors.items():
            kind, _, rest = name.partition(".")
            if kind == "weights":
                weights[rest] = tensor
            elif kind in moments:
                number, _, moment = rest.partition(".")
                moments[kind].setdefault(int(number), {})[moment] = tensor
        self.objective.trained.load_state_dict(weights)
        for player in self.players:
            player.optimizer.load_state_dict({**player.optimizer.state_dict(), "state": moments[player.kind]})
        torch.set_rng_state(checkpoint.tensors["generator.cpu"])
        if "generator.cuda" in checkpoint.tensors and self.accelerator.device.type == "cuda":
            torch.cuda.set_rng_state(checkpoint.tensors["generator.cuda"], self.accelerator.device)
        return checkpoint.step


class _Player:
    """A turn with its optimizer."""

    def __init__(self, turn: Turn, spec: TrainingSpec, accelerator: Accelerator) -> None:
        self.turn, self.spec, self.accelerator = turn, spec, accelerator
        self.learning = [parameter for parameter in turn.objective.trained.parameters() if parameter.requires_grad]
        self.forward, self.optimizer = accelerator.prepare(turn.objective, _optimizer(self.learning, spec))
        self.kind = f"optimizer-{turn.name}" if turn.name else "optimizer"
        self._prefix = f"{turn.name}." if turn.name else ""
        self.total = f"{self._prefix}total"

    def terms(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Each term, unweighted, and the weighted total."""
        # Not Accelerate's mixed precision: that is fixed for a whole process, and bfloat16 needs no scaling of gradients.
        with torch.autocast(self.accelerator.device.type, torch.bfloat16, enabled=self.spec.precision == "bfloat16"):
            terms: dict[str, Tensor] = self.forward(batch)
        weights = self.turn.objective.weights
        total = torch.stack([weights.get(name, 1.0) * term for name, term in terms.items()]).sum()
        return {**{f"{self._prefix}{name}": term for name, term in terms.items()}, self.total: total}

    def move(self, terms: dict[str, Tensor], rate: float) -> None:
        """A step down the total."""
        own = rate * self.turn.rate
        for group in self.optimizer.param_groups:
            group["lr"] = own
        self.optimizer.zero_grad()
        self.accelerator.backward(terms[self.total])
        if self.spec.clip is not None:
            self.accelerator.clip_grad_norm_(self.learning, self.spec.clip)
        self.optimizer.step()
        self.turn.moved(own)


def _parts(batch: dict[str, Tensor], count: int) -> Iterator[dict[str, Tensor]]:
    """A batch, cut into so many of equal size."""
    for place in range(count):
        yield {name: values.chunk(count)[place] for name, values in batch.items()}


def _optimizer(learning: list[nn.Parameter], spec: TrainingSpec) -> torch.optim.Optimizer:
    if spec.optimizer == "sgd":
        return torch.optim.SGD(learning, lr=spec.learning_rate, momentum=spec.momentum, weight_decay=spec.weight_decay)
    return torch.optim.Adam(learning, lr=spec.learning_rate, betas=spec.betas, weight_decay=spec.weight_decay)
