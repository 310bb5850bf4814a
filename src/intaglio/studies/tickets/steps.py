"""The steps that studies are made of, as descriptions: each names the steps that it builds upon by their digests.

A result lives at the digest of its step, so two arms of a study, or two studies, that ask for the same training share it.
"""

from typing import Any

from pydantic import Field

from intaglio.data.crop import Crop
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.spec import Spec


class Begin(Spec):
    """A network before training: theta_0."""

    network: str
    """Name in the catalog of training methods."""
    encoder: str
    """Digest of the network that the encoder is taken from."""
    start: str = ""
    """Digest of the network whose layers it begins with, as far as they fit; empty for fresh ones."""
    loss_network: str
    """Digest of the loss network."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Of the recipe: "network", "cut" of networks trained as one piece."""
    data: dict[str, str]
    """Digest of the pictures of each stream; fresh weights are scaled to the features of some."""
    crop: Crop
    batch_size: int
    seed: int
    """Of fresh weights."""
    redrawn: bool = False
    """Draw all weights anew, those of the encoder too: a random ticket has none of the start's."""


class Train(Spec):
    """A network trained from a beginning, with a mask or dense."""

    begin: str
    """Digest of the step with the weights to begin with: a `Begin`, or a `Train` whose snapshot is taken."""
    at: int | None = None
    """The snapshot: the training step after which it was taken; None for what the step ends with."""
    mask: str = ""
    """Digest of the `Cut` whose mask is kept; empty for a dense network."""
    network: str
    """Name in the catalog of training methods."""
    loss_network: str
    """Digest of the loss network."""
    losses: dict[str, Any] = Field(default_factory=dict)
    joint: bool = True
    """Train the encoder too."""
    data: dict[str, str]
    """Digest of the pictures of each stream."""
    crop: Crop
    training: TrainingSpec
    snapshots: tuple[int, ...] = ()
    """Training steps after which the weights are kept."""
    slimming: float = Field(default=0.0, ge=0)
    """Strength of an L1 penalty on a scale for every filter, per unit of the learning rate; 0 for no scales."""


class Cut(Spec):
    """A mask: some of what another one keeps."""

    weights: str
    """Digest of the step whose weights are ranked."""
    before: str = ""
    """Digest of the `Cut` before; empty for all weights."""
    pruner: str
    """Name in the catalog of pruning methods; empty to remove filters by the scales that the weights were trained with."""
    sparsity: float = Field(ge=0, lt=1)
    """In the end, of the weights that may be pruned."""
    parts: tuple[str, ...] | None = None
    """Of the network; all if None."""
    biases: bool = False
    color: bool = False
    """The color convolution too."""
    floor: float = 0.0
    """Share of each tensor that stays."""
    seed: int = 0
    """Of what is drawn."""


class Judge(Spec):
    """The errors of a trained network on pictures that it never saw: the terms of its own loss, as Kong et al. 2022 have it."""

    of: str
    """Digest of the `Train`."""
    network: str
    loss_network: str
    losses: dict[str, Any] = Field(default_factory=dict)
    data: dict[str, str]
    """Digest of the pictures of each stream."""
    crop: Crop
    batches: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    seed: int = 0
    """Of the pairs and of what a loss draws."""


class Sample(Spec):
    """Pictures by a trained network, to look at; the same pairs for every network."""

    of: str
    """Digest of the `Train`."""
    data: dict[str, str]
    """Digest of the pictures of each stream."""
    size: int = Field(default=384, ge=16)
    """Shorter side of the pictures, pixels."""
    pairs: int = Field(default=6, ge=1)
    """The n-th content with the n-th style, spread evenly over the pictures."""
