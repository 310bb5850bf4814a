"""MANet: attentions and decoder learn content, style, identity and disentanglement (Deng et al. 2020, section 3.2)."""

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.manet import MANetConfig
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.objectives.manet import MANetTraining, Pairs
from intaglio.training.method import LossSettings, NetworkMethod


class MANetSettings(LossSettings):
    """Weights of MANet's losses."""

    content: float = 1.0
    style: float = 5.0
    pixels: float = 50.0
    """Of the identity of pixels."""
    features: float = 1.0
    """Of the identity of features."""
    disentangle: float = 1.0
    """Of both disentangling terms."""
    gate: float = 10.0
    """Content and style, weighted, must sum to less before those terms are counted; 0 never counts them."""
    pairs: Pairs = "shuffled"
    """What they compare: pictures of a batch at random, as the published code does, or, "paired", two of the same content and
    two of the same style, as the paper says."""


def _objective(network: SteppedNetwork, judge: LossNetwork, settings: MANetSettings, joint: bool) -> MANetTraining:
    weights = {
        "content": settings.content,
        "style": settings.style,
        "identity.pixels": settings.pixels,
        "identity.features": settings.features,
        "disentangle.content": settings.disentangle,
        "disentangle.style": settings.disentangle,
    }
    return MANetTraining(network, judge, weights, gate=settings.gate, pairs=settings.pairs, joint=joint)


METHOD = NetworkMethod(
    name="manet",
    settings=MANetSettings,
    objective=_objective,
    cuts=("relu4_1",),
    config=lambda encoder: MANetConfig(encoder=encoder),
)
