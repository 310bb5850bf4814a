"""SANet: attentions and decoder learn content, style and identity (Park & Lee 2019, eq. 5-8)."""

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.sanet import SANetConfig
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.objectives.sanet import SANetTraining
from intaglio.training.method import LossSettings, NetworkMethod
from intaglio.training.spec import TrainingSpec


class SANetSettings(LossSettings):
    """Weights of SANet's losses."""

    content: float = 1.0
    style: float = 3.0
    pixels: float = 50.0
    """Of the identity of pixels."""
    features: float = 1.0
    """Of the identity of features."""


def _objective(network: SteppedNetwork, judge: LossNetwork, settings: SANetSettings, joint: bool) -> SANetTraining:
    weights = {
        "content": settings.content,
        "style": settings.style,
        "identity.pixels": settings.pixels,
        "identity.features": settings.features,
    }
    return SANetTraining(network, judge, weights, joint=joint)


METHOD = NetworkMethod(
    name="sanet",
    settings=SANetSettings,
    objective=_objective,
    cuts=("relu5_1",),
    config=lambda encoder: SANetConfig(encoder=encoder),
    training=TrainingSpec(steps=160_000, batch_size=5, schedule="inverse"),
)
