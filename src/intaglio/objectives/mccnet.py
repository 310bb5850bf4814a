"""MCCNet's training: content, style, identity, pictures that stay when the light flickers, and that are smooth.

Deng et al. 2021: `L = l_c L_content + l_s L_style + l_id (70 L_id1 + L_id2) + l_ill L_illum + l_tv L_tv`; the illumination loss
is the change of the result when Gaussian noise is added to the content.

Departures:
- Weights 3, 10, 70 (pixels), 1 (features), 3000 and 1e-4, those of the code whose weights are in use.
- As in that code, the variation is a sum over pictures, channels and pixels, not a mean: with larger crops or batches it counts
  for more.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from intaglio.models.style.statistics import wide
from intaglio.objectives.whole_network import WholeNetworkTraining

FAINTEST, STRONGEST = 0.01, 0.02
"""Standard deviations between which that of the noise is drawn; pictures are in [0, 1]."""


class MCCNetTraining(WholeNetworkTraining):
    """The objective of a network's correlation and decoder.

    Batches hold "content" and "style", as many of each.

    Args:
        network: all but its encoder is trained, and that too if `joint`.
        loss_network: to relu5_1; the normalized VGG-19 that the network's encoder is the front of, in the paper.
        weights: by term: "content", "style", "identity.pixels", "identity.features", "illumination", "variation".
        joint: train the encoder as well.

    """

    def noise(self, like: Tensor) -> Tensor:
        """What is added to a batch of contents: Gaussian, of one deviation drawn for all; from torch's generator."""
        deviation = torch.empty((), device=like.device).uniform_(FAINTEST, STRONGEST)
        return torch.randn_like(like) * deviation

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The terms."""
        content, style = batch["content"], batch["style"]
        network, perception = self.network, self.perception
        of_content, of_style = network.maps(content), network.maps(style)
        with torch.no_grad():
            contents, styles = perception.look(content), perception.look(style)
        stylized = network.stylized(of_content, of_style)
        made = perception.look(stylized)
        pixels, features = perception.identity(network, (content, style), (of_content, of_style), (contents, styles))
        flickering = network.stylized(network.maps(content + self.noise(content)), of_style)
        return {
            "content": perception.content(made, contents),
            "style": perception.style(made, styles),
            "identity.pixels": pixels,
            "identity.features": features,
            "illumination": F.mse_loss(wide(flickering), wide(stylized)),
            "variation": total_variation(stylized),
        }


def total_variation(pictures: Tensor) -> Tensor:
    """Sum of the absolute differences of neighbors, across and down, in pictures (N, 3, H, W)."""
    exact = wide(pictures)
    return exact.diff(dim=2).abs().sum() + exact.diff(dim=3).abs().sum()
