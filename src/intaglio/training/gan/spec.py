"""`GanSpec` and `CycleSpec`: all that decides what the training of a GAN gives."""

from typing import Any

from pydantic import Field

from intaglio.data.crop import Crop
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.spec import Spec


class Slim(Spec):
    """How hard scales of channels are pushed to zero while networks train, per unit of the learning rate; 0 for no scales.

    Adam moves a scale by its rate at most, so that a strength of 1 leaves nothing, and a scale of 1 that nothing holds is gone
    after 1 / (strength * rate) steps.
    """

    generator: float = Field(default=0.0, ge=0)
    """Strength in the generators."""
    discriminator: float = Field(default=0.0, ge=0)
    """Strength in the discriminators."""


class AdversarialSpec(Spec):
    """What both kinds of games have; networks are called by their part in the game ("generator", "discriminator")."""

    model: str
    """Name of the preset."""
    generator: dict[str, Any] = Field(default_factory=dict)
    """Settings of the generators; sizes of classes come from the data."""
    discriminator: dict[str, Any] = Field(default_factory=dict)
    """Settings of the discriminators."""
    initialization: str
    """How fresh weights are drawn, in the catalog of initializations."""
    start: dict[str, str] = Field(default_factory=dict)
    """Digest of each network whose weights are begun with; the others begin fresh."""
    masks: dict[str, str] = Field(default_factory=dict)
    """Digest of the mask of each network that is trained with one."""
    loss: str
    """In the catalog of adversarial losses."""
    slim: Slim = Slim()
    """Train a scale for every channel that can go, for channel tickets."""
    training: TrainingSpec
    """How long and how fast; a step is one of the generators."""


class GanSpec(AdversarialSpec):
    """A generator of pictures from random numbers, and its discriminator."""

    data: str
    """Digest of the pictures."""
    conditional: bool = False
    """Tell the generator the classes of pictures, and the discriminator if it asks."""
    teacher: str = ""
    """Digest of the discriminator that is to be agreed with; empty for none."""
    penalty: float = Field(default=0.0, ge=0)
    """Weight of the gradient penalty of WGAN-GP."""
    auxiliary: float = Field(default=0.0, ge=0)
    """Weight of the auxiliary classifier's loss."""
    distillation: float = Field(default=1.0, ge=0)
    """Weight of the divergence from the teacher, where there is one."""
    critic_steps: int = Field(default=1, ge=1)
    """Steps of the discriminator before each of the generator; each has `training.batch_size` pictures of its own."""
    generator_batch: int = Field(default=64, ge=1)
    """Pictures that the generator makes in a step of its own."""
    generator_rate: float = Field(default=1.0, gt=0)
    """The generator's learning rate over the discriminator's."""
    average: float = Field(default=0.0, ge=0, lt=1)
    """Decay of the average of the generator's parameters, which is then what comes out; 0 for the last parameters."""
    flip: bool = False
    """Mirror every other picture."""


class CycleSpec(AdversarialSpec):
    """Two translators between two kinds of pictures, and a discriminator of each kind."""

    data: dict[str, str]
    """Digest of the pictures of each kind, "first" and "second"."""
    cycle: float = Field(default=10.0, ge=0)
    """Weight of round trips."""
    identity: float = Field(default=5.0, ge=0)
    """Weight of pictures that are of the kind already."""
    replay: int = Field(default=50, ge=0)
    """Pictures of each kind that were made before and are kept for the discriminators."""
    crop: Crop
    """What is cut out of the pictures."""
