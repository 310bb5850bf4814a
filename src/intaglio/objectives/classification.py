"""The objective of classifiers: cross entropy between scores and classes.

Departures: none.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.classify.classifier import Classifier

TERM = "cross_entropy"


class ClassifierTraining(nn.Module):
    """The objective of a classifier.

    Args:
        network: trained.

    """

    def __init__(self, network: Classifier) -> None:
        super().__init__()
        self.trained = network
        self.weights: dict[str, float] = {}

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The mean over a batch of `pictures` (N, 3, H, W) in [0, 1] and `labels` (N,)."""
        return {TERM: F.cross_entropy(self.trained(batch["pictures"]).float(), batch["labels"])}

    def show(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        """The pictures."""
        return [batch["pictures"]]


@torch.no_grad()
def accuracy(network: nn.Module, pictures: Tensor, labels: Tensor, *, batch: int = 250) -> float:
    """The share of pictures whose class has the highest score, in [0, 1]; the network is in evaluation mode after it.

    Args:
        network: scores (N, classes) of pictures in [0, 1].
        pictures: (N, 3, H, W), uint8.
        labels: (N,).
        batch: pictures at a time.

    """
    network.eval()
    device = next(network.parameters()).device
    right = 0
    for part, expected in zip(torch.split(pictures, batch), torch.split(labels, batch), strict=True):
        scores = network(part.to(device).float().div_(255))
        right += int((scores.argmax(1).cpu() == expected).sum())
    return right / len(labels)
