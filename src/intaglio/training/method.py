"""`Method`: how a network of the catalog is trained and taught, so that recipes ask nobody for a name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import nn

from intaglio.distillation.collaborative import Collaboration
from intaglio.models.style.adain import AdaINConfig
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.vgg_codec import CodecConfig, Cut, Decoder, Encoder
from intaglio.models.style.wct import WCTConfig
from intaglio.objectives.adain import AdaINCollaboration, AdaINLoss, AdaINTraining, adain_weights
from intaglio.objectives.reconstruction import Reconstruction, ReconstructionCollaboration, ReconstructionLoss
from intaglio.training.objective import Objective
from intaglio.vocabulary.catalog import Catalog
from intaglio.vocabulary.spec import Spec


class LossSettings(Spec):
    """Settings of all losses; a method takes those it has."""

    lift: bool = True
    """Compare a compressed loss network's features in the channels of VGG-19; without, steps are half again as fast."""

    perceptual: float = 0.05
    """Of WCT's reconstruction: lambda_p of the relative perceptual terms."""
    content: float = 1.0
    """Of AdaIN."""
    style: float = 10.0
    """Of AdaIN: lambda."""
    identity: float = 0.0
    """Of AdaIN: the content decoded as it is."""


@dataclass(frozen=True, kw_only=True)
class Method:
    """Losses of one kind of network, stage by stage."""

    name: str
    """Of the model in the catalog."""
    streams: tuple[str, ...]
    """What its batches hold; the student of a distillation is embedded on the first."""
    collaboration: Callable[[Decoder, LossNetwork, LossSettings], Collaboration]
    """(the teacher's decoder, loss network, settings) -> the collaborator's loss."""
    objective: Callable[[Encoder, nn.Module, LossNetwork, LossSettings, bool], Objective]
    """(encoder, decoder, loss network, settings, joint) -> what trains the decoder, and jointly the encoder."""
    weights: Callable[[LossSettings], dict[str, float]]
    """Weights by term."""
    cuts: tuple[Cut, ...]
    """Of the stages, in the order in which they run."""
    decoder_relu: bool
    """Whether decoders end in a ReLU."""
    config: Callable[[Sequence[CodecConfig]], Spec]
    """The network's configuration from those of its stages."""


def _reconstruction(loss_network: LossNetwork, cut: str) -> ReconstructionLoss:
    layers = loss_network.layers
    return ReconstructionLoss(loss_network, layers[: layers.index(cut) + 1], relative=True)


def _perceptual(settings: LossSettings) -> dict[str, float]:
    return {f"perceptual.relu{level}_1": settings.perceptual for level in range(1, 6)}


def _adain(settings: LossSettings) -> dict[str, float]:
    return adain_weights(settings.content, settings.style, settings.identity)


def _adain_loss(loss_network: LossNetwork, settings: LossSettings) -> AdaINLoss:
    return AdaINLoss(loss_network, identity=settings.identity > 0)


def _train_reconstruction(
    encoder: Encoder, decoder: nn.Module, network: LossNetwork, settings: LossSettings, joint: bool
) -> Objective:
    return Reconstruction(
        encoder, decoder, _reconstruction(network, encoder.config.cut), perceptual=settings.perceptual, joint=joint
    )


def _train_adain(encoder: Encoder, decoder: nn.Module, network: LossNetwork, settings: LossSettings, joint: bool) -> Objective:
    loss = _adain_loss(network, settings)
    return AdaINTraining(
        encoder, decoder, loss, content=settings.content, style=settings.style, identity=settings.identity, joint=joint
    )


WCT = Method(
    name="wct",
    streams=("picture",),
    collaboration=lambda decoder, network, _: ReconstructionCollaboration(
        decoder, _reconstruction(network, decoder.config.cut)
    ),
    objective=_train_reconstruction,
    weights=_perceptual,
    cuts=("relu5_1", "relu4_1", "relu3_1", "relu2_1", "relu1_1"),
    decoder_relu=True,
    config=lambda stages: WCTConfig(stages=tuple(stages)),
)
ADAIN = Method(
    name="adain",
    streams=("content", "style"),
    collaboration=lambda decoder, network, settings: AdaINCollaboration(decoder, _adain_loss(network, settings)),
    objective=_train_adain,
    weights=_adain,
    cuts=("relu4_1",),
    decoder_relu=False,
    config=lambda stages: AdaINConfig(codec=stages[0]),
)
METHODS: Catalog[Method] = Catalog("training method", [(method.name, method) for method in (ADAIN, WCT)])
