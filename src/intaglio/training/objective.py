"""What the loop trains, and what may hang on it: protocols, so that lower rows need not know this one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

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
class Moment:
    """Where the loop stands, for hooks; after the optimizer's step."""

    step: int
    """Steps done, from 1."""
    steps: int
    """Steps in all."""
    terms: Mapping[str, Tensor]
    """The terms of this step, unweighted, and their "total"."""
    rate: float
    """Learning rate of this step."""
    seconds: float
    """Since the run was begun or resumed in this process."""
    waited: float
    """Seconds of these that the loop waited for pictures."""
    started: int
    """Steps that were done before this process began."""
    objective: Objective = field(repr=False)
    optimizer: torch.optim.Optimizer = field(repr=False)

    @property
    def steps_per_second(self) -> float:
        """The rate of this process."""
        return (self.step - self.started) / max(self.seconds, 1e-9)


Hook = Callable[[Moment], None]
"""Called after every step, on the first process only."""
