"""The steps of studies of smaller style networks, beside those that they share with tickets: begin, train, judge, sample.

Both end with a network that is narrow, not with a mask.
"""

from typing import Any

from pydantic import Field

from intaglio.data.crop import Crop
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.spec import Spec


class PruneStyle(Spec):
    """A style network that loses filters, is trained on, and made smaller."""

    of: str
    """Digest of the `Train` with its weights."""
    network: str
    """Name in the catalog of training methods."""
    loss_network: str
    """Digest of the loss network."""
    losses: dict[str, Any] = Field(default_factory=dict)
    data: dict[str, str]
    """Digest of the pictures of each stream."""
    crop: Crop
    method: str
    """Name in the catalog of structured pruning methods."""
    speedup: float
    """Multiply-accumulates of all convolutions before, over those after."""
    multiple: int = 1
    """Widths are rounded up to a multiple of it."""
    interval: int
    """Steps between updates."""
    rule: dict[str, Any] = Field(default_factory=dict)
    """Settings of the method's rule."""
    pruning: TrainingSpec
    """How long and how fast it trains while groups are pushed."""
    retraining: TrainingSpec
    """The same, after that."""


class Teach(Spec):
    """A narrow copy of a style network, the same filters of which are left as by one cut, that learns from it."""

    of: str
    """Digest of the `Train` with the teacher's weights."""
    network: str
    loss_network: str
    losses: dict[str, Any] = Field(default_factory=dict)
    data: dict[str, str]
    crop: Crop
    speedup: float
    multiple: int = 1
    joint: bool = False
    """Let the encoder go on learning with the rest."""
    encoder: TrainingSpec
    """How long and how fast the encoder learns."""
    decoder: TrainingSpec
    """The same of the rest, after that."""
