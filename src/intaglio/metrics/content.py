"""How much of the content a stylized picture keeps, among the features of relu4_1.

Two distances, since the literature has two. With F the features of a picture at relu4_1 and MSE the mean over all values:

    content_distance = MSE(F(stylized), F(content))                      Wang et al. 2020, eq. 2
    content_error    = MSE(F(stylized), AdaIN(F(content), F(style)))     Huang & Belongie 2017, eq. 12; Kong et al. 2022

The second is the loss that AdaIN is trained with, and therefore rewards networks that work like AdaIN.

Departures:
- Kong et al. write norms without saying over what; their figures have the size of means, as in the PyTorch port of AdaIN.
"""

from torch.nn import functional as F

from intaglio.metrics.comparison import CONTENT_LAYER, Comparison, Metric
from intaglio.models.style.statistics import normalized


def content_distance(compared: Comparison) -> float:
    """MSE between the features of the stylized picture and of the content, >= 0."""
    return float(F.mse_loss(compared.stylized.features, compared.content.features))


def content_error(compared: Comparison) -> float:
    """MSE between the features of the stylized picture and the content's with the style's mean and deviation, >= 0."""
    style = compared.style[CONTENT_LAYER]
    target = normalized(compared.content.features) * style.std[..., None, None] + style.mean[..., None, None]
    return float(F.mse_loss(compared.stylized.features, target))


CONTENT_DISTANCE = Metric(
    name="content_distance",
    title="MSE at relu4_1 to the content (Wang et al. 2020, eq. 2)",
    better="lower",
    measure=lambda compared: {"content_distance": content_distance(compared)},
)
CONTENT_ERROR = Metric(
    name="content_error",
    title="E_content: MSE at relu4_1 to the AdaIN of content and style (Kong et al. 2022)",
    better="lower",
    measure=lambda compared: {"content_error": content_error(compared)},
)
