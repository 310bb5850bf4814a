"""The objective of Gatys et al.: a picture with the content of one and the style of others.

Gatys, Ecker & Bethge, Image Style Transfer Using Convolutional Neural Networks, CVPR 2016, with the compressed encoders of
Wang et al., Collaborative Distillation, CVPR 2020, section 4.3, as well as with VGG-19. With features `F` of the picture and
`P` of the content at one layer, and Gram matrices `G_l` of the picture and `A_l` of the style at the layers l:

    content          |F - P|^2 / |P|^2                        Gatys et al., eq. 1
    style            mean over l of |G_l - A_l|^2 / |A_l|^2   Gatys et al., eq. 4 and 5, equal weights
    total variation  mean of the squared differences of neighboring pixels
    total            a content + b style + c total variation  Gatys et al., eq. 7

Departures:
- Terms are shares of what they compare with, where the paper has absolute errors. One set of weights then serves any encoder:
  compressed, normalized or not, of any width.
- Several styles: `A_l` is their weighted mean. The gradient is that of the weighted sum of one style term for each, since
  `sum w_s |G - A_s|^2 = |G - sum w_s A_s|^2 + constant` for weights that sum to 1.
- The total variation is not in the paper, whose pictures have some high-frequency noise (its section 4.4).
- Pools take the maximum, as the encoder was trained; the paper averages.
- Linear-embedding heads are used only if the loss network lifts its features.
"""

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor

from intaglio.models.style.gram import gram, lifted_gram
from intaglio.models.style.loss_network import LossNetwork
from intaglio.vocabulary.errors import InputError
from intaglio.vocabulary.spec import Spec

# Keeps a share finite where there is nothing to compare with: features of a picture may be zero everywhere.
_SMALLEST = 1e-12


class GatysWeights(Spec):
    """What counts how much."""

    content_weight: float = Field(default=1.0, ge=0.0, allow_inf_nan=False)
    """Of the content term."""
    style_weight: float = Field(default=50.0, ge=0.0, allow_inf_nan=False)
    """Of the style term."""
    total_variation_weight: float = Field(default=5.0, ge=0.0, allow_inf_nan=False)
    """Of the total variation: larger is smoother."""
    content_layer: str = "relu4_2"
    """Layer at which contents are compared; the encoder must reach it."""


class GatysObjective:
    """How far a picture is from having this content and this style.

    Args:
        network: measures; gradients go through it to the picture, never to its weights.
        content: (1, 3, H, W) in [0, 1].
        styles: each (1, 3, h, w) in [0, 1], of any size the encoder accepts.
        shares: weight of each style; they sum to 1.
        weights: of the terms.

    Raises:
        InputError: the encoder does not reach the content layer.

    """

    def __init__(
        self,
        network: LossNetwork,
        content: Tensor,
        styles: Sequence[Tensor],
        shares: Sequence[float],
        weights: GatysWeights,
    ) -> None:
        require_content_layer(network, weights.content_layer)
        self.weights = weights
        self._network = network
        self._layers = tuple(dict.fromkeys([*network.layers, weights.content_layer]))
        with torch.no_grad():
            self._content = self._network.bare(content, [weights.content_layer])[weights.content_layer]
            self._grams: dict[str, Tensor] = {}
            for style, share in zip(styles, shares, strict=True):
                for name, features in self._network.bare(style, network.layers).items():
                    self._grams[name] = self._grams.get(name, 0) + share * self._gram(name, features)

    def terms(self, picture: Tensor) -> dict[str, Tensor]:
        """Each term by name, unweighted, as scalars with gradients to a picture (1, 3, H, W) of the content's size."""
        features = self._network.bare(picture, self._layers)
        errors = [relative_error(self._gram(name, features[name]), target) for name, target in self._grams.items()]
        return {
            "content": relative_error(features[self.weights.content_layer], self._content),
            "style": torch.stack(errors).mean(),
            "total variation": total_variation(picture),
        }

    def total(self, terms: Mapping[str, Tensor]) -> Tensor:
        """The weighted sum of terms."""
        weights = self.weights
        by_name = {
            "content": weights.content_weight,
            "style": weights.style_weight,
            "total variation": weights.total_variation_weight,
        }
        return torch.stack([by_name[name] * term for name, term in terms.items()]).sum()

    def _gram(self, name: str, features: Tensor) -> Tensor:
        head = self._network.head(name)
        return gram(features) if head is None else lifted_gram(features, head)


def relative_error(found: Tensor, wanted: Tensor) -> Tensor:
    """`|found - wanted|^2 / |wanted|^2`, a scalar, float32 or wider."""
    difference, scale = (found - wanted).square().mean(), wanted.square().mean()
    wide = torch.promote_types(difference.dtype, torch.float32)
    return difference.to(wide) / scale.to(wide).clamp_min(_SMALLEST)


def total_variation(picture: Tensor) -> Tensor:
    """Mean squared difference of neighbors, down and across, of a picture (N, C, H, W); 0 along a side of one pixel."""
    sides = [picture.diff(dim=2), picture.diff(dim=3)]
    return torch.stack([side.square().mean() if side.numel() else side.sum() for side in sides]).sum()


def require_content_layer(network: LossNetwork, layer: str) -> None:
    """Raise InputError unless the encoder reaches the layer that contents are compared at."""
    try:
        network.require([layer])
    except InputError:
        cut = network.encoder.config.cut
        raise InputError(
            f"the encoder ends at {cut} and has no {layer} to compare contents at; take a deeper encoder, "
            f"or set the content layer to {cut}"
        ) from None
