"""WCT: decoders learn to reconstruct, stage by stage (Li et al. 2017; Wang et al. 2020, eq. 1)."""

from collections.abc import Sequence

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import Stage
from intaglio.models.style.vgg_codec import Cut, Decoder
from intaglio.models.style.wct import WCTConfig
from intaglio.objectives.reconstruction import Reconstruction, ReconstructionCollaboration, ReconstructionLoss
from intaglio.training.method import Codec, LossSettings, Method


class ReconstructionSettings(LossSettings):
    """Settings of the reconstruction losses."""

    perceptual: float = 0.05
    """lambda_p, of perceptual terms relative to the original's features."""


def _loss(network: LossNetwork, cut: Cut) -> ReconstructionLoss:
    return ReconstructionLoss(network, network.layers[: network.layers.index(cut) + 1], relative=True)


def _objective(
    codec: Codec, _: Sequence[Stage], network: LossNetwork, settings: ReconstructionSettings, joint: bool
) -> Reconstruction:
    loss = _loss(network, codec[0].config.cut)
    return Reconstruction(*codec, loss, perceptual=settings.perceptual, joint=joint)


def _collaboration(decoder: Decoder, network: LossNetwork, _: ReconstructionSettings) -> ReconstructionCollaboration:
    return ReconstructionCollaboration(decoder, _loss(network, decoder.config.cut))


METHOD = Method(
    name="wct",
    streams=("picture",),
    settings=ReconstructionSettings,
    objective=_objective,
    collaboration=_collaboration,
    weights=lambda settings: {f"perceptual.relu{level}_1": settings.perceptual for level in range(1, 6)},
    cuts=("relu5_1", "relu4_1", "relu3_1", "relu2_1", "relu1_1"),
    inverts=True,
    decoder_relu=True,
    config=lambda stages: WCTConfig(stages=tuple(stages)),
)
