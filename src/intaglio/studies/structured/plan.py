"""`PruningPlan`: what a study of structured pruning does with one network."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from intaglio.pruning.catalog import STRUCTURED
from intaglio.pruning.groups import GROUPINGS
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.spec import Spec

Moment = Literal["after", "during"]
"""When a network is pruned: after it has learned the pictures, or while it learns them."""


class Lesson(Spec):
    """Pictures that a classifier learns from, and how."""

    data: str
    """Digest of the labelled pictures."""
    test: str
    """The same, to be judged on."""
    training: TrainingSpec
    """The seed is the trial's."""


class Way(Spec):
    """How fast a method pushes."""

    interval: int = Field(ge=1)
    """Steps between updates."""
    rule: dict[str, Any] = Field(default_factory=dict)
    """Settings of the method's rule."""
    training: TrainingSpec
    """While groups are pushed; the seed is the trial's."""


class MethodsPlan(Spec):
    """What is compared: methods of structured pruning, at speedups, over seeds; all train for as many steps."""

    methods: tuple[str, ...]
    """Names in the catalog of structured pruning methods."""
    speedups: tuple[float, ...]
    """Of the convolutions, by their multiply-accumulates; each above 1."""
    ways: dict[str, Way]
    """How fast each method pushes."""
    retraining: TrainingSpec
    """After the longest of them; the others retrain for longer. The seed is the trial's."""
    seeds: tuple[int, ...] = (0, 1, 2)

    @field_validator("methods")
    @classmethod
    def _methods_are_known(cls, methods: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(STRUCTURED[method].name for method in methods)

    @field_validator("speedups")
    @classmethod
    def _speedups_are_gains(cls, speedups: tuple[float, ...]) -> tuple[float, ...]:
        if any(speedup <= 1 for speedup in speedups):
            raise ValueError("speedups have to be above 1")
        return speedups

    @model_validator(mode="after")
    def _every_method_has_a_way(self) -> "MethodsPlan":
        if missing := [method for method in self.methods if method not in self.ways]:
            raise ValueError(f"nobody says how {missing[0]} pushes; give its `ways.{missing[0]}`")
        return self

    @property
    def budget(self) -> int:
        """Training steps of everything that is made of a network that has learned, retraining included."""
        return max(self.ways[method].training.steps for method in self.methods) + self.retraining.steps


class PruningPlan(MethodsPlan):
    """A study of one network."""

    network: str
    """Name in the catalog of classifiers."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Of the network."""
    before: Lesson | None = None
    """What it learns first, other pictures than those that it is pruned on; nothing if None."""
    lesson: Lesson
    """What it learns then, and goes on with while it is pruned."""
    moments: tuple[Moment, ...] = ("after",)
    grouping: str = "columns"
    """Of all methods, so that their speedups mean the same."""
    shift: int = 0
    """Pictures are moved by up to so many pixels."""
    flip: bool = False
    """Mirror every other picture."""

    @field_validator("grouping")
    @classmethod
    def _grouping_is_known(cls, grouping: str) -> str:
        return GROUPINGS[grouping].name
