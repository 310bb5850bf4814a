"""AdaAttN's training: the style's statistics in all, and at every position those that it attends to.

Liu et al. 2021, eq. 9-11: `L = lambda_g L_gs + lambda_l L_lf` over relu2_1 .. relu5_1. `L_gs` compares means and deviations
with the style's; `L_lf` compares features with what attention without weights makes of content and style.

Departures:
- Norms are mean squared errors, as in the paper's code, and so are the weights 10 and 3.
- The code's content term, of features normalized by channel, has weight 0 there and here, and is not computed then.
- Styles of more than `sample` positions are sub-sampled as in the code, with a draw for each layer.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from intaglio.models.style.adaattn import drawn
from intaglio.models.style.attended_spread import AttendedSpread
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.stepped import SteppedNetwork, sampled
from intaglio.objectives.perception import LAYERS, Seen
from intaglio.objectives.whole_network import WholeNetworkTraining

_COMPARED = LAYERS[1:]


class AdaAttNTraining(WholeNetworkTraining):
    """The objective of a network's attentions and decoder.

    Batches hold "content" and "style", as many of each.

    Args:
        network: all but its encoder is trained, and that too if `joint`.
        loss_network: to relu5_1; the network's own encoder in the paper.
        weights: by term: "content", "style" (lambda_g), "local" (lambda_l).
        sample: how many positions of a style the local term attends to at most; None for all.
        joint: train the encoder as well.

    """

    def __init__(
        self,
        network: SteppedNetwork,
        loss_network: LossNetwork,
        weights: Mapping[str, float],
        *,
        sample: int | None = 4096,
        joint: bool = False,
    ) -> None:
        super().__init__(network, loss_network, weights, joint=joint)
        self.sample = sample

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The terms; "content" only where it has a weight."""
        content, style, see = batch["content"], batch["style"], self.perception
        with torch.no_grad():
            contents, styles = see.look(content), see.look(style)
            targets = {layer: self._attended(contents, styles, layer) for layer in _COMPARED}
        made = see.look(self.network.stylized(self.network.maps(content), self.network.maps(style)))
        local = [F.mse_loss(see.lifted(made, layer), target) for layer, target in targets.items()]
        terms = {"style": see.style(made, styles, _COMPARED), "local": torch.stack(local).sum()}
        if self.weights.get("content"):
            kept = [F.mse_loss(see.normalized(made, layer), see.normalized(contents, layer)) for layer in _COMPARED]
            terms["content"] = torch.stack(kept).sum()
        return terms

    def _attended(self, contents: Seen, styles: Seen, layer: str) -> Tensor:
        """The features of a layer (N, C, h, w) as they should become."""
        query, value = self._key(contents, layer), self.perception.lifted(styles, layer)
        keys, values = drawn((self._key(styles, layer), value), self.sample)
        mean, deviation = AttendedSpread(keys.flatten(2), values.flatten(2))(query)
        return deviation * query[:, -value.shape[1] :] + mean

    def _key(self, seen: Seen, layer: str) -> Tensor:
        """Features of all layers down to `layer`, each normalized on its grid; its own come last."""
        maps = {one: sampled(seen[one], seen[layer]) for one in LAYERS[: LAYERS.index(layer) + 1]}
        return torch.cat([self.perception.normalized(maps, one) for one in maps], 1)
