"""MCCNet: correlation and decoder learn content, style, identity, and not to flicker (Deng et al. 2021)."""

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.mccnet import MCCNetConfig
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.objectives.mccnet import MCCNetTraining
from intaglio.training.method import LossSettings, NetworkMethod


class MCCNetSettings(LossSettings):
    """Weights of MCCNet's losses."""

    content: float = 3.0
    style: float = 10.0
    pixels: float = 70.0
    """Of the identity of pixels."""
    features: float = 1.0
    """Of the identity of features."""
    illumination: float = 3000.0
    """Of the change of the result with noise on the content."""
    variation: float = 1e-4
    """Of the total variation, a sum over the batch."""


def _objective(network: SteppedNetwork, judge: LossNetwork, settings: MCCNetSettings, joint: bool) -> MCCNetTraining:
    weights = {
        "content": settings.content,
        "style": settings.style,
        "identity.pixels": settings.pixels,
        "identity.features": settings.features,
        "illumination": settings.illumination,
        "variation": settings.variation,
    }
    return MCCNetTraining(network, judge, weights, joint=joint)


METHOD = NetworkMethod(
    name="mccnet",
    settings=MCCNetSettings,
    objective=_objective,
    cuts=("relu4_1",),
    config=lambda encoder: MCCNetConfig(encoder=encoder),
)
