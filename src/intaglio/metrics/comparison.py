"""What metrics of a stylization compare: a stylized picture with its content and its style, as a loss network sees them.

Features are computed once and shared by all metrics. Of a style only statistics are kept, so that those of hundreds of styles
fit memory while their pictures come and go.

Departures: none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from intaglio.models.style.gram import gram
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.statistics import mean_and_std

CONTENT_LAYER = "relu4_1"
"""Where contents are compared (Huang & Belongie 2017, section 6; Wang et al. 2020, eq. 2)."""


@dataclass(frozen=True, kw_only=True)
class LayerStatistics:
    """Statistics of the features of one picture at one layer."""

    mean: Tensor
    """(1, C)."""
    std: Tensor
    """(1, C), of unbiased variances with 1e-5 added."""
    gram: Tensor
    """(1, C, C), divided by C H W."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What metrics need to know of one picture."""

    picture: Tensor
    """(1, 3, H, W)."""
    features: Tensor
    """(1, C, h, w) at `CONTENT_LAYER`."""
    statistics: Mapping[str, LayerStatistics]
    """By layer, from relu1_1 to the loss network's cut."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A stylized picture beside what it was made of, all seen by the same loss network."""

    content: Look
    style: Mapping[str, LayerStatistics]
    """By layer, those of the stylized picture."""
    stylized: Look
    """Of the content's size."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A way to judge a stylized picture."""

    name: str
    """Of its value; parts are called `name.part`."""
    title: str
    """One line: what is computed, and whose definition it is."""
    better: Literal["lower", "higher"]
    """Which of two values is the better one."""
    measure: Callable[[Comparison], dict[str, float]]
    """Values by name: the one called like the metric first, then its parts."""


@torch.inference_mode()
def look_at(picture: Tensor, network: LossNetwork) -> Look:
    """See a picture with a loss network.

    Args:
        picture: (1, 3, H, W) in [0, 1], on the network's device; sides of at least 32 px for a network that ends at relu5_1.
        network: reaches relu4_1 at least.

    Raises:
        InputError: the network ends before relu4_1.

    """
    network.require([CONTENT_LAYER])
    found = network(picture, network.layers)
    statistics = {}
    for layer, features in found.items():
        mean, std = mean_and_std(features)
        statistics[layer] = LayerStatistics(mean=mean, std=std, gram=gram(features))
    return Look(picture=picture, features=found[CONTENT_LAYER], statistics=statistics)
