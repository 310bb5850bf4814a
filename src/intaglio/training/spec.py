"""`TrainingSpec`: how long, how fast and from which seed a run trains."""

import math
from typing import Literal

from pydantic import Field

from intaglio.vocabulary.spec import Spec

_STAIRS = (1.0, 1.0, 0.3, 0.09, 0.027)


class TrainingSpec(Spec):
    """The settings of one run of the loop."""

    steps: int = Field(ge=0)
    """Optimizer steps in all."""
    batch_size: int = Field(default=8, ge=1)
    """Pictures of each stream per step, over all processes."""
    learning_rate: float = Field(default=1e-4, gt=0)
    """At its highest."""
    schedule: Literal["constant", "inverse", "cosine", "staircase", "tenths", "linear"] = "constant"
    """After the warm-up: constant; divided by 1 + `decay` t (AdaIN's code); down to zero along half a cosine; in five equal
    stairs, at 1, 1, 0.3, 0.3^2 and 0.3^3 of the rate (AdaAttN's code); a tenth after three fifths of the steps and a hundredth
    after seventeen twentieths, as classifiers are trained; or down to zero along a line, after the share `hold` of the steps
    (CycleGAN)."""
    decay: float = Field(default=5e-5, ge=0)
    """Of the schedule "inverse", per step."""
    hold: float = Field(default=0.0, ge=0, lt=1)
    """Of the schedule "linear": share of the steps before the rate falls."""
    warmup: int = Field(default=0, ge=0)
    """Steps over which the rate rises from zero."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Decay of Adam's two moments."""
    optimizer: Literal["adam", "sgd"] = "adam"
    """Adam, or stochastic gradient descent."""
    momentum: float = Field(default=0.9, ge=0, lt=1)
    """Of SGD."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Factor of an L2 penalty on all weights, in the gradient."""
    clip: float | None = Field(default=None, gt=0)
    """Largest norm of the gradient; a larger one is scaled down."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the convolutions; weights, losses and sums are float32 always."""
    seed: int = 0
    """Of samples, crops and fresh weights."""

    def rate(self, step: int) -> float:
        """The learning rate of step `step`, the first being 0."""
        rise = min(1.0, (step + 1) / (self.warmup + 1))
        since = max(0, step - self.warmup)
        if self.schedule == "inverse":
            return self.learning_rate * rise / (1 + self.decay * since)
        share = min(1.0, since / max(1, self.steps - self.warmup))
        if self.schedule == "cosine":
            return self.learning_rate * rise * 0.5 * (1 + math.cos(math.pi * share))
        if self.schedule == "linear":
            return self.learning_rate * rise * min(1.0, (1 - share) / (1 - self.hold))
        if self.schedule == "tenths":
            return self.learning_rate * rise * (1.0 if share < 0.6 else 0.1 if share < 0.85 else 0.01)
        if self.schedule == "staircase":
            return self.learning_rate * rise * _STAIRS[min(len(_STAIRS) - 1, int(share * len(_STAIRS)))]
        return self.learning_rate * rise
