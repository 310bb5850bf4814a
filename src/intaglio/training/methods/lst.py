"""LST: a transformation between a codec that reconstructs learns content and style (Li et al. 2019)."""

from intaglio.data.crop import Crop
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.lst import CUTS, LST, LSTConfig
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.objectives.lst import LSTTraining
from intaglio.training.method import LossSettings, NetworkMethod
from intaglio.training.spec import TrainingSpec


class LSTSettings(LossSettings):
    """Weights of LST's losses."""

    content: float = 1.0
    style: float = 0.02
    decoder: bool = False
    """Train the decoder too; in the paper it is one that reconstructs and stays as it is."""


def _objective(network: SteppedNetwork, judge: LossNetwork, settings: LSTSettings, joint: bool) -> LSTTraining:
    assert isinstance(network, LST)
    weights = {"content": settings.content, "style": settings.style}
    return LSTTraining(network, judge, weights, decoder=settings.decoder, joint=joint)


def _config(encoder: CodecConfig) -> LSTConfig:
    """The paper's matrices, smaller only where there are not as many channels."""
    return LSTConfig(codec=encoder, matrix=min(32, encoder.channels))


METHOD = NetworkMethod(
    name="lst",
    settings=LSTSettings,
    objective=_objective,
    cuts=CUTS,
    config=_config,
    training=TrainingSpec(steps=100_000, batch_size=8, schedule="inverse", decay=1e-5),
    crop=Crop(size=256, resize="shorter", to=256, flip=True),
)
