"""AdaIN: one decoder learns content and style (Huang & Belongie 2017, eq. 11-13)."""

from collections.abc import Sequence

from intaglio.models.style.adain import AdaINConfig
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import Stage
from intaglio.models.style.vgg_codec import Decoder
from intaglio.objectives.adain import AdaINCollaboration, AdaINLoss, AdaINTraining, adain_weights
from intaglio.training.method import Codec, LossSettings, Method


class AdaINSettings(LossSettings):
    """Weights of AdaIN's losses."""

    content: float = 1.0
    style: float = 10.0
    """lambda."""
    identity: float = 0.0
    """Of the content decoded without a transfer; 0 leaves the term out."""
    range: float = 0.0
    """Of what the output leaves [0, 1] by; other than 0, the loss network sees the output clamped."""


def _loss(network: LossNetwork, settings: AdaINSettings) -> AdaINLoss:
    return AdaINLoss(network, identity=settings.identity > 0, bounded=settings.range > 0)


def _objective(
    codec: Codec, finish: Sequence[Stage], network: LossNetwork, settings: AdaINSettings, joint: bool
) -> AdaINTraining:
    loss, weights = _loss(network, settings), _weights(settings)
    return AdaINTraining(*codec, loss, weights, finish=finish, joint=joint)


def _collaboration(decoder: Decoder, network: LossNetwork, settings: AdaINSettings) -> AdaINCollaboration:
    return AdaINCollaboration(decoder, _loss(network, settings))


def _weights(settings: AdaINSettings) -> dict[str, float]:
    return adain_weights(settings.content, settings.style, settings.identity, settings.range)


METHOD = Method(
    name="adain",
    streams=("content", "style"),
    settings=AdaINSettings,
    objective=_objective,
    collaboration=_collaboration,
    weights=_weights,
    cuts=("relu4_1",),
    inverts=False,
    decoder_relu=False,
    config=lambda stages: AdaINConfig(codec=stages[0], finish=tuple(stages[1:])),
    finishes=True,
)
