"""`CompressionPlan`: what a study of smaller style networks does with one network."""

from typing import Any

from pydantic import Field, field_validator, model_validator

from intaglio.data.crop import Crop
from intaglio.pruning.catalog import STRUCTURED
from intaglio.studies.structured.plan import Way
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.spec import Spec


class CompressionPlan(Spec):
    """A study of one network."""

    network: str
    """Name in the catalog of training methods."""
    encoder: str
    """Digest of the network that the encoder is taken from."""
    start: str = ""
    """Digest of the network that training begins with; empty for fresh weights behind the encoder."""
    loss_network: str
    """Digest of the loss network, which judges too."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Of the network."""
    losses: dict[str, Any] = Field(default_factory=dict)
    data: dict[str, str]
    """Digest of the pictures of each stream, for training."""
    test: dict[str, str]
    """The same, for judging."""
    crop: Crop
    training: TrainingSpec
    """Of the large network, encoder included; the seed is the trial's."""
    methods: tuple[str, ...]
    """Names in the catalog of structured pruning methods; all prune filters."""
    ways: dict[str, Way]
    """How fast each method pushes."""
    taught: bool = True
    """Whether a narrow copy is distilled, too."""
    lesson: float = Field(default=0.5, gt=0, lt=1)
    """Share of its steps in which the encoder of the copy learns; the rest learns after that."""
    speedups: tuple[float, ...]
    """Of the convolutions, by their multiply-accumulates; each above 1."""
    multiple: int = Field(default=1, ge=1)
    """Widths are rounded up to a multiple of it, for all alike."""
    retraining: TrainingSpec
    """After the longest of the methods; the others retrain for longer, and the copy learns as fast. The seed is the trial's."""
    seeds: tuple[int, ...] = (0, 1, 2)
    batches: int = Field(default=16, ge=1)
    """Of pairs that a network is judged on."""

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
    def _every_method_has_a_way(self) -> "CompressionPlan":
        if missing := [method for method in self.methods if method not in self.ways]:
            raise ValueError(f"nobody says how {missing[0]} pushes; give its `ways.{missing[0]}`")
        return self

    @property
    def budget(self) -> int:
        """Training steps of everything that is made of the large network."""
        return max(self.ways[method].training.steps for method in self.methods) + self.retraining.steps
