"""The one training loop: steps, an objective, hooks. It knows no network, no method and no picture file.

Batches are a function of the step and every random draw comes from one generator, which is part of the checkpoint; so a run
that was killed and goes on computes what it would have computed: to the bit on a CPU, with as many threads. Device and
processes are Accelerate's business.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from intaglio.data.batches import BatchSource, as_float
from intaglio.storage.checkpoint import Checkpoint, Checkpoints
from intaglio.training.objective import Hook, Moment, Objective
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.errors import TrainingError

Loader = Callable[[int, tuple[int, int]], BatchSource]
"""Makes the batches from a step on, for one of several processes: (first step, (rank, processes))."""


def train(
    objective: Objective,
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
        objective: a module as well; in the end it is on the CPU and in evaluation mode.
        loader: of batches of the spec's size.
        spec: the settings.
        checkpoints: where the state is kept.
        save_every: steps between checkpoints; one more is written at the end.
        hooks: called after every step.
        device: "cpu" or "cuda".
        broken: takes the pictures that could not be decoded, and why; others stood in for them.

    Raises:
        TrainingError: a term of the loss is not finite.
        JournalError: the checkpoint is damaged.
        ResourceError: a checkpoint cannot be written.

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

    def __init__(self, objective: Objective, spec: TrainingSpec, device: torch.device, checkpoints: Checkpoints) -> None:
        assert isinstance(objective, nn.Module)
        self.objective, self.spec, self.checkpoints = objective, spec, checkpoints
        self.accelerator = Accelerator(cpu=device.type == "cpu")
        objective.to(self.accelerator.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        learning = [parameter for parameter in objective.trained.parameters() if parameter.requires_grad]
        optimizer = _optimizer(learning, spec)
        self.learning = learning
        self.forward, self.optimizer = self.accelerator.prepare(objective, optimizer)

    def go(self, loader: Loader, start: int, save_every: int, hooks: Sequence[Hook], broken: dict[Path, str]) -> None:
        """All steps from `start` on."""
        spec, began = self.spec, time.monotonic()
        if start >= spec.steps:
            return
        self.objective.trained.train()
        with loader(start, (self.accelerator.process_index, self.accelerator.num_processes)) as batches:
            for step in range(start, spec.steps):
                batch = as_float(next(batches), self.accelerator.device)
                terms = self._step(step, batch, batches)
                if self.accelerator.is_main_process:
                    moment = Moment(
                        step=step + 1,
                        steps=spec.steps,
                        terms=terms,
                        rate=spec.rate(step),
                        seconds=time.monotonic() - began,
                        waited=batches.waited_seconds,
                        started=start,
                        objective=self.objective,
                        optimizer=self.optimizer.optimizer,
                    )
                    for hook in hooks:
                        hook(moment)
                    if (step + 1) % save_every == 0 or step + 1 == spec.steps:
                        self.checkpoints.save(step + 1, self._state())
            broken |= batches.broken

    def end(self) -> None:
        """Leave the networks for whoever comes next."""
        assert isinstance(self.objective, nn.Module)
        self.objective.to("cpu")
        self.objective.trained.eval()

    def _step(self, step: int, batch: dict[str, Tensor], batches: BatchSource) -> dict[str, Tensor]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.spec.rate(step)
        # Not Accelerate's mixed precision: that is fixed for a whole process, and bfloat16 needs no scaling of gradients.
        with torch.autocast(self.accelerator.device.type, torch.bfloat16, enabled=self.spec.precision == "bfloat16"):
            terms: dict[str, Tensor] = self.forward(batch)
        total = torch.stack([self.objective.weights.get(name, 1.0) * term for name, term in terms.items()]).sum()
        if not bool(total.isfinite()):
            self._refuse(step, terms, batches)
        self.optimizer.zero_grad()
        self.accelerator.backward(total)
        if self.spec.clip is not None:
            self.accelerator.clip_grad_norm_(self.learning, self.spec.clip)
        self.optimizer.step()
        return {name: term.detach() for name, term in {**terms, "total": total}.items()}

    def _refuse(self, step: int, terms: dict[str, Tensor], batches: BatchSource) -> None:
        bad = ", ".join(f"{name} = {float(term.detach()):g}" for name, term in terms.items() if not bool(term.isfinite()))
        files = ", ".join(str(path) for paths in batches.names(step).values() for path in paths)
        raise TrainingError(
            f"the loss is not finite at step {step + 1} ({bad or 'total'}) on the batch {files}; "
            "look at these pictures, then start over without them or with a lower learning rate"
        )

    def _state(self) -> dict[str, Tensor]:
        """All that the next step depends on, by name."""
        state = {f"weights.{name}": tensor for name, tensor in self.objective.trained.state_dict().items()}
        for number, moments in self.optimizer.state_dict()["state"].items():
            state |= {f"optimizer.{number}.{name}": tensor for name, tensor in moments.items()}
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
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in checkpoint.tensors.items():
            kind, _, rest = name.partition(".")
            if kind == "weights":
                weights[rest] = tensor
            elif kind == "optimizer":
                number, _, moment = rest.partition(".")
                moments.setdefault(int(number), {})[moment] = tensor
        self.objective.trained.load_state_dict(weights)
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": moments})
        torch.set_rng_state(checkpoint.tensors["generator.cpu"])
        if "generator.cuda" in checkpoint.tensors and self.accelerator.device.type == "cuda":
            torch.cuda.set_rng_state(checkpoint.tensors["generator.cuda"], self.accelerator.device)
        return checkpoint.step


def _optimizer(learning: list[nn.Parameter], spec: TrainingSpec) -> torch.optim.Optimizer:
    if spec.optimizer == "sgd":
        return torch.optim.SGD(learning, lr=spec.learning_rate, momentum=spec.momentum, weight_decay=spec.weight_decay)
    return torch.optim.Adam(learning, lr=spec.learning_rate, betas=spec.betas, weight_decay=spec.weight_decay)
