"""`CompressionPlan`: what a study of smaller style networks does with one network."""

from typing import Any

from pydantic import Field

from intaglio.data.crop import Crop
from intaglio.studies.structured.plan import MethodsPlan
from intaglio.training.spec import TrainingSpec


class CompressionPlan(MethodsPlan):
    """A study of one network; all methods prune filters, and a copy that is distilled learns at the rate of the retraining."""

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
    taught: bool = True
    """Whether a narrow copy is distilled, too."""
    lesson: float = Field(default=0.5, gt=0, lt=1)
    """Share of its steps in which the encoder of the copy learns; the rest learns after that."""
    multiple: int = Field(default=1, ge=1)
    """Widths are rounded up to a multiple of it, for all alike."""
    batches: int = Field(default=16, ge=1)
    """Of pairs that a network is judged on."""
