"""What the losses of style networks compare in pictures, through one loss network: content, style, features, identity.

Park & Lee 2019 (SANet), eq. 5-8; Deng et al. 2020 (MANet) and 2021 (MCCNet) take the same terms with other weights.

Departures:
- Norms are mean squared errors, as in the papers' codes.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from intaglio.models.style.gram import lifted_distance, lifted_mean_and_std
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.statistics import normalized, wide
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.steps import FeatureMap

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
DEEP = LAYERS[3:]
Seen = Mapping[str, Tensor]
"""Features of a picture by layer, before any lifting."""


class Perception:
    """Distances between pictures, as a loss network sees them; lifted to the channels of VGG-19 where it has heads.

    Args:
        network: to relu5_1.

    """

    def __init__(self, network: LossNetwork) -> None:
        network.require(LAYERS)
        self.network = network

    def look(self, picture: Tensor) -> Seen:
        """Features of pictures (N, 3, H, W) in [0, 1] at relu1_1 .. relu5_1; gradients flow."""
        return self.network.bare(picture, LAYERS)

    def content(self, made: Seen, content: Seen) -> Tensor:
        """MSE of the features, each channel brought to mean 0 and deviation 1, at relu4_1 and relu5_1."""
        terms = [F.mse_loss(self.normalized(made, layer), self.normalized(content, layer)) for layer in DEEP]
        return torch.stack(terms).sum()

    def style(self, made: Seen, style: Seen, layers: tuple[str, ...] = LAYERS) -> Tensor:
        """MSE of means and of deviations, summed over layers."""
        terms = []
        for layer in layers:
            head = self.network.head(layer)
            ours, theirs = lifted_mean_and_std(made[layer], head), lifted_mean_and_std(style[layer], head)
            terms += [F.mse_loss(one, other) for one, other in zip(ours, theirs, strict=True)]
        return torch.stack(terms).sum()

    def features(self, made: Seen, original: Seen) -> Tensor:
        """MSE of the features as they are, summed over layers."""
        terms = [lifted_distance(made[layer], original[layer], self.network.head(layer)) for layer in LAYERS]
        return torch.stack(terms).sum()

    def identity(
        self,
        network: SteppedNetwork,
        pictures: Sequence[Tensor],
        maps: Sequence[Mapping[FeatureMap, Tensor]],
        seen: Sequence[Seen],
    ) -> tuple[Tensor, Tensor]:
        """What is lost by pictures stylized with themselves: MSE of the pixels and of the features, summed over `pictures`.

        Args:
            network: stylizes.
            pictures: the contents and the styles, (N, 3, H, W) each.
            maps: what the network reads of each.
            seen: what the loss network sees in each.

        """
        pixels, features = [], []
        for picture, read, original in zip(pictures, maps, seen, strict=True):
            same = network.stylized(read, read)
            pixels.append(F.mse_loss(wide(same), picture))
            features.append(self.features(self.look(same), original))
        return torch.stack(pixels).sum(), torch.stack(features).sum()

    def lifted(self, seen: Seen, layer: str) -> Tensor:
        """Features of one layer, float32, in the channels of VGG-19 where the network has heads."""
        head = self.network.head(layer)
        return wide(seen[layer] if head is None else head(seen[layer]))

    def normalized(self, seen: Seen, layer: str) -> Tensor:
        """The same with each channel of each picture at mean 0 and deviation 1."""
        return normalized(self.lifted(seen, layer))
