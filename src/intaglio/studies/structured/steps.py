"""The steps that studies of structured pruning are made of: a classifier learns, and is pruned."""

from typing import Any

from pydantic import Field

from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.spec import Spec


class Learn(Spec):
    """A classifier that learns to tell classes apart."""

    network: str
    """Name in the catalog of classifiers."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Of the network; the number of classes comes from the data."""
    start: str = ""
    """Digest of the `Learn` with the weights to begin with, all that fit; empty for fresh ones."""
    data: str
    """Digest of the labelled pictures to learn from."""
    test: str
    """The same, to be judged on."""
    shift: int = 0
    """Pictures are moved by up to so many pixels."""
    flip: bool = False
    """Mirror every other picture."""
    training: TrainingSpec


class Prune(Spec):
    """A classifier that loses groups of its weights, and is trained on."""

    of: str
    """Digest of the `Learn` with its weights."""
    data: str
    """Digest of the labelled pictures to learn from."""
    test: str
    """The same, to be judged on."""
    method: str
    """Name in the catalog of structured pruning methods."""
    grouping: str
    """Name in the catalog of groupings."""
    speedup: float
    """Multiply-accumulates of all convolutions before, over those after."""
    interval: int
    """Steps between updates."""
    rule: dict[str, Any] = Field(default_factory=dict)
    """Settings of the method's rule."""
    shift: int = 0
    flip: bool = False
    pruning: TrainingSpec
    """How long and how fast it trains while groups are pushed."""
    retraining: TrainingSpec
    """The same, after that."""
