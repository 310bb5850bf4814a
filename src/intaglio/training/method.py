"""`Method`: how a kind of network is trained and taught, so that recipes ask nobody for a name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from intaglio.data.crop import Crop
from intaglio.distillation.collaborative import Collaboration
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import Stage
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.vgg_codec import CodecConfig, Cut, Decoder, Encoder
from intaglio.training.objective import Objective
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.spec import Spec

Codec = tuple[Encoder, Decoder]
"""Of one stage."""
# Those of AdaIN, which others follow.
_TRAINING = TrainingSpec(steps=160_000, batch_size=8, schedule="inverse")
_CROP = Crop(size=256, resize="squash", to=512)


class LossSettings(Spec):
    """Settings of a method's losses."""

    lift: bool = True
    """Compare a compressed loss network's features in the channels of VGG-19."""


S = TypeVar("S", bound=LossSettings)


@dataclass(frozen=True, kw_only=True)
class Method(Generic[S]):
    """Losses of one kind of network, stage by stage."""

    name: str
    """Of the model in the catalog."""
    streams: tuple[str, ...]
    """What its batches hold; the student of a distillation is embedded on the first."""
    settings: type[S]
    """Of its losses."""
    objective: Callable[[Codec, Sequence[Stage], LossNetwork, S, bool], Objective]
    """(encoder and decoder, stages that finish pictures, loss network, settings, joint) -> what trains the decoder, and jointly
    the others."""
    collaboration: Callable[[Decoder, LossNetwork, S], Collaboration]
    """(the teacher's decoder, loss network, settings) -> the collaborator's loss."""
    weights: Callable[[S], dict[str, float]]
    """Weights of the collaborator's terms."""
    cuts: tuple[Cut, ...]
    """Of the stages, in the order in which they run."""
    inverts: bool
    """Whether decoders give back the picture: one of a single convolution is then solved for before it is trained."""
    decoder_relu: bool
    """Whether decoders end in a ReLU."""
    config: Callable[[Sequence[CodecConfig]], Spec]
    """The network's configuration from those of its stages."""
    finishes: bool = False
    """Whether stages of whitening and coloring may stand behind these."""


@dataclass(frozen=True, kw_only=True)
class NetworkMethod(Generic[S]):
    """Losses of a network that is trained as one piece: all of it but the encoder, and that too if asked."""

    name: str
    """Of the model in the catalog."""
    settings: type[S]
    """Of its losses."""
    objective: Callable[[SteppedNetwork, LossNetwork, S, bool], Objective]
    """(network, loss network, settings, joint) -> what trains it; batches hold "content" and "style"."""
    cuts: tuple[Cut, ...]
    """How deep an encoder it may have, the paper's choice first."""
    config: Callable[[CodecConfig], Spec]
    """The paper's network for an encoder to one of `cuts`, with no heads and a linear decoder."""
    training: TrainingSpec = _TRAINING
    """How long and how fast the paper trains it; what a run takes that says nothing else."""
    crop: Crop = _CROP
    """What the paper cuts out of its pictures; likewise."""
