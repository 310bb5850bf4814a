"""LST's training: content, and style as means and Gram matrices; the codec stays as it is.

Li et al. 2019: `L = w_c L_c + w_s L_s`, `L_c` between the features of the output and the content at relu4_1, `L_s` between
means and Gram matrices of the output and the style at relu1_1 .. relu4_1.

Departures:
- As in the reference code the content term is a mean, the style term a sum over channels and pairs of channels, weights 1 and
  0.02. Layers are these wherever the network transforms, at relu3_1 too.
- The decoder may learn as well; with the encoder it always does ("LST+" of Kong et al. 2022).
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from intaglio.models.style.gram import gram, lifted_distance, lifted_gram
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.lst import LST
from intaglio.models.style.statistics import wide
from intaglio.objectives.whole_network import WholeNetworkTraining

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")


class LSTTraining(WholeNetworkTraining):
    """The objective of a network's transformation.

    Batches hold "content" and "style", as many of each, sides multiples of 8.

    Args:
        network: its transformation is trained; encoder and decoder, a codec that reconstructs, stay as they are.
        loss_network: to relu4_1 at least.
        weights: by term: "content", "style".
        decoder: train the decoder as well.
        joint: train the encoder and the decoder as well.

    """

    looks: tuple[str, ...] = LAYERS

    def __init__(
        self,
        network: LST,
        loss_network: LossNetwork,
        weights: Mapping[str, float],
        *,
        decoder: bool = False,
        joint: bool = False,
    ) -> None:
        super().__init__(network, loss_network, weights, joint=joint)
        if not (decoder or joint):
            network.decoder.requires_grad_(False)
            del self.trained["decoder"]

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The terms."""
        content, style = batch["content"], batch["style"]
        judge, deepest = self.loss_network, LAYERS[-1]
        with torch.no_grad():
            of_content, of_style = judge.bare(content, [deepest])[deepest], judge.bare(style, LAYERS)
        made = judge.bare(self.network(content, style), LAYERS)
        errors = [_style_error(made[layer], of_style[layer], judge.head(layer)) for layer in LAYERS]
        return {
            "content": lifted_distance(made[deepest], of_content, judge.head(deepest)),
            "style": torch.stack(errors).sum() / len(style),
        }


def _style_error(made: Tensor, style: Tensor, head: nn.Conv2d | None) -> Tensor:
    """`|mean - mean'|^2 + |G - G'|^2`, summed over the pictures of the batch."""
    ours, theirs = _mean_and_gram(made, head), _mean_and_gram(style, head)
    return torch.stack([(one - other).square().sum() for one, other in zip(ours, theirs, strict=True)]).sum()


def _mean_and_gram(features: Tensor, head: nn.Conv2d | None) -> tuple[Tensor, Tensor]:
    mean = wide(features).mean((2, 3), keepdim=True)
    if head is None:
        return mean, gram(features)
    with torch.autocast(features.device.type, enabled=False):
        return head(mean), lifted_gram(features, head)
