"""AdaAttN: attentions and decoder learn the style's statistics, in all and by position (Liu et al. 2021, eq. 9-11)."""

from pydantic import Field

from intaglio.data.crop import Crop
from intaglio.models.style.adaattn import AdaAttNConfig
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.objectives.adaattn import AdaAttNTraining
from intaglio.training.method import LossSettings, NetworkMethod
from intaglio.training.spec import TrainingSpec


class AdaAttNSettings(LossSettings):
    """Weights of AdaAttN's losses."""

    content: float = 0.0
    """Of features normalized by channel; 0 leaves the term out."""
    style: float = 10.0
    """lambda_g, of means and deviations."""
    local: float = 3.0
    """lambda_l, of the features as they are."""
    sample: int | None = Field(default=4096, ge=1)
    """How many positions of a style the local term attends to at most; more are drawn from, anew in every step."""


def _objective(network: SteppedNetwork, judge: LossNetwork, settings: AdaAttNSettings, joint: bool) -> AdaAttNTraining:
    weights = {"content": settings.content, "style": settings.style, "local": settings.local}
    return AdaAttNTraining(network, judge, weights, sample=settings.sample, joint=joint)


METHOD = NetworkMethod(
    name="adaattn",
    settings=AdaAttNSettings,
    objective=_objective,
    cuts=("relu5_1",),
    config=lambda encoder: AdaAttNConfig(encoder=encoder),
    training=TrainingSpec(steps=50_000, batch_size=8, learning_rate=2e-4, schedule="staircase"),
    crop=Crop(size=256, resize="squash", to=512, flip=True),
)
