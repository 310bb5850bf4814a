"""`Method`: how a network of the catalog is trained and taught, so that recipes ask nobody for a name."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from intaglio.distillation.collaborative import Collaboration
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.vgg_codec import Encoder
from intaglio.objectives.adain import AdaINCollaboration, AdaINLoss, AdaINTraining, adain_weights
from intaglio.objectives.reconstruction import Reconstruction, ReconstructionCollaboration, ReconstructionLoss
from intaglio.training.objective import Objective
from intaglio.vocabulary.catalog import Catalog
from intaglio.vocabulary.spec import Spec


class LossWeights(Spec):
    """Weights of the terms of all losses; a method takes those it has."""

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
    collaboration: Callable[[nn.Module, LossNetwork, LossWeights], Collaboration]
    """(the teacher's decoder, loss network, weights) -> the collaborator's loss."""
    objective: Callable[[Encoder, nn.Module, LossNetwork, LossWeights, bool], Objective]
    """(encoder, decoder, loss network, weights, joint) -> what trains the decoder, and jointly the encoder."""
    weights: Callable[[LossWeights], dict[str, float]]
    """Weights by term."""


def _reconstruction(loss_network: LossNetwork) -> ReconstructionLoss:
    return ReconstructionLoss(loss_network, loss_network.layers, relative=True)


def _perceptual(weights: LossWeights) -> dict[str, float]:
    return {f"perceptual.relu{level}_1": weights.perceptual for level in range(1, 6)}


def _adain(weights: LossWeights) -> dict[str, float]:
    return adain_weights(weights.content, weights.style, weights.identity)


def _adain_loss(loss_network: LossNetwork, weights: LossWeights) -> AdaINLoss:
    return AdaINLoss(loss_network, identity=weights.identity > 0)


def _train_reconstruction(
    encoder: Encoder, decoder: nn.Module, network: LossNetwork, weights: LossWeights, joint: bool
) -> Objective:
    return Reconstruction(encoder, decoder, _reconstruction(network), perceptual=weights.perceptual, joint=joint)


def _train_adain(encoder: Encoder, decoder: nn.Module, network: LossNetwork, weights: LossWeights, joint: bool) -> Objective:
    loss = _adain_loss(network, weights)
    return AdaINTraining(
        encoder, decoder, loss, content=weights.content, style=weights.style, identity=weights.identity, joint=joint
    )


WCT = Method(
    name="wct",
    streams=("picture",),
    collaboration=lambda decoder, network, _: ReconstructionCollaboration(decoder, _reconstruction(network)),
    objective=_train_reconstruction,
    weights=_perceptual,
)
ADAIN = Method(
    name="adain",
    streams=("content", "style"),
    collaboration=lambda decoder, network, weights: AdaINCollaboration(decoder, _adain_loss(network, weights)),
    objective=_train_adain,
    weights=_adain,
)
METHODS: Catalog[Method] = Catalog("training method", [(method.name, method) for method in (ADAIN, WCT)])
