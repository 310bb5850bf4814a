"""How well a stylized picture has the style, by statistics of features.

With m and d the mean and standard deviation of each channel, G = F F^T / (C H W) the Gram matrix, MSE the mean over channels
and ||.|| the Frobenius norm, all of stylized (t) and style (s) at relu1_1, relu2_1, ...:

    style_error.relu<k>_1 = MSE(m_t, m_s) + MSE(d_t, d_s)                            Huang & Belongie 2017, eq. 13
    style_error           = 10 x the sum over k = 1..4                               Kong et al. 2022, E_style of AdaIN
    gram_distance.conv<k> = ||G_t - G_s|| at relu<k>_1                               Wang et al. 2020, table 2
    gram_distance         = the sum over the stages that the loss network reaches

Departures:
- The weight 10 and the means over channels are those of the PyTorch port of AdaIN, whose figures have the size of the printed
  ones; the papers write norms and no weight.
- Pictures are compared at their own size. The papers do not say at which.
"""

from torch.nn import functional as F

from intaglio.metrics.comparison import Comparison, LayerStatistics, Metric

STYLE_WEIGHT = 10.0
"""Of the style in the total loss of AdaIN."""
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
"""Whose distances make up `style_error`."""


def statistics_distance(one: LayerStatistics, other: LayerStatistics) -> float:
    """MSE of the channels' means plus MSE of their standard deviations, >= 0."""
    return float(F.mse_loss(one.mean, other.mean) + F.mse_loss(one.std, other.std))


def gram_distance(one: LayerStatistics, other: LayerStatistics) -> float:
    """Frobenius norm of the difference of the Gram matrices, >= 0."""
    return float((one.gram - other.gram).norm())


def style_errors(compared: Comparison) -> dict[str, float]:
    """`style_error`, weighted, and its parts at every layer seen, not weighted; relu5_1 is no part of the sum."""
    parts = {
        layer: statistics_distance(compared.stylized.statistics[layer], statistics)
        for layer, statistics in compared.style.items()
    }
    total = STYLE_WEIGHT * sum(parts[layer] for layer in STYLE_LAYERS)
    return {"style_error": total, **{f"style_error.{layer}": value for layer, value in parts.items()}}


def gram_distances(compared: Comparison) -> dict[str, float]:
    """`gram_distance`, the sum, and its parts: stage conv<k> is read at relu<k>_1."""
    parts = {
        f"gram_distance.conv{layer[4]}": gram_distance(compared.stylized.statistics[layer], statistics)
        for layer, statistics in compared.style.items()
    }
    return {"gram_distance": sum(parts.values()), **parts}


STYLE_ERROR = Metric(
    name="style_error",
    title="E_style: 10 x MSE of means and deviations at relu1_1..relu4_1 (Kong et al. 2022)",
    better="lower",
    measure=style_errors,
)
GRAM_DISTANCE = Metric(
    name="gram_distance",
    title="L2 between Gram matrices, summed over stages (Wang et al. 2020)",
    better="lower",
    measure=gram_distances,
)
