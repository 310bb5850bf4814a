"""What the loop trains, and what may hang on it: protocols, so that lower rows need not know this one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

import torch
from torch import Tensor, nn

Pictures = Mapping[str, Tensor]
"""A batch: pictures (N, 3, H, W) in [0, 1] by the name of their stream ("content", "style")."""


class Objective(Protocol):
    """A torch module that says how wrong its networks are on a batch.

    Frozen networks (teachers, loss networks) may live in it; what is saved are the modules of `trained`.
    """

    @property
    def trained(self) -> nn.Module:
        """The networks that learn, with their state; parameters that require no gradient stay as they are."""
        ...

    @property
    def weights(self) -> Mapping[str, float]:
        """The share of each term in the total; terms that are not named count once."""
        ...

    def __call__(self, batch: Pictures) -> dict[str, Tensor]:
        """Every term of the loss by name, unweighted scalars."""
        ...

    def show(self, batch: Pictures) -> list[Tensor]:
        """Columns of pictures (N, 3, H, W) that show how far it is; the first are the inputs."""
        ...


@dataclass(frozen=True, kw_only=True)
class Turn:
    """An objective in a game: its networks move by an optimizer of their own, once or several times in a step."""

    name: str
    """Stands in front of its terms in logs."""
    objective: Objective
    times: int = 1
    """How often it moves in a step, each time on a part of the batch of its own."""
    rate: float = 1.0
    """Its learning rate over that of the settings."""
    moved: Callable[[float], None] = lambda _rate: None
    """Called after each of its moves, with the learning rate of it."""


class Game(nn.Module):
    """Objectives that take turns in every step, as generator and discriminator do.

    Args:
        trained: all networks that learn, and what else has to be there when a run goes on: averages, buffers.
        turns: in the order of a step.
        show: what `Objective.show` does.

    """

    def __init__(self, trained: nn.Module, turns: Sequence[Turn], show: Callable[[Pictures], list[Tensor]]) -> None:
        super().__init__()
        self.trained, self.turns, self.show = trained, tuple(turns), show
        # What is frozen in an objective moves to the device with it.
        self.objectives = nn.ModuleList(cast(nn.Module, turn.objective) for turn in turns)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Where the loop stands, for hooks; after the optimizer's step."""

    step: int
    """Steps done, from 1."""
    steps: int
    """Steps in all."""
    terms: Mapping[str, Tensor]
    """The terms of this step, unweighted, and their "total"; each behind the name of its turn in a game, the last move's."""
    rate: float
    """Learning rate of this step."""
    seconds: float
    """Since the run was begun or resumed in this process."""
    waited: float
    """Seconds of these that the loop waited for pictures."""
    started: int
    """Steps that were done before this process began."""
    objective: Objective | Game = field(repr=False)
    optimizer: torch.optim.Optimizer = field(repr=False)
    """Of the objective; of the first turn of a game."""

    @property
    def steps_per_second(self) -> float:
        """The rate of this process."""
        return (self.step - self.started) / max(self.seconds, 1e-9)


Hook = Callable[[Moment], None]
"""Called after every step, in every process; what it does to weights it has to do in each of them alike."""
