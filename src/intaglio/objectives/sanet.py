"""SANet's training: content, style, and the identity of a picture stylized with itself.

Park & Lee 2019, eq. 5-8: `L = lambda_c L_c + lambda_s L_s + lambda_i1 L_i1 + lambda_i2 L_i2`.

Departures:
- Weights 1, 3, 50 (pixels) and 1 (features), those of the code whose weights are in use; the paper prints 1 and 50 for the
  last two.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.objectives.perception import Perception


class SANetTraining(nn.Module):
    """The objective of a network's attentions and decoder.

    Batches hold "content" and "style", as many of each.

    Args:
        network: all but its encoder is trained, and that too if `joint`.
        loss_network: to relu5_1; the network's own encoder in the paper.
        weights: by term: "content", "style", "identity.pixels", "identity.features".
        joint: train the encoder as well.

    """

    def __init__(
        self, network: SteppedNetwork, loss_network: LossNetwork, weights: Mapping[str, float], *, joint: bool = False
    ) -> None:
        super().__init__()
        network.requires_grad_(True)
        network.encoder.learn_(joint)
        self.network, self.loss_network, self.weights = network, loss_network, dict(weights)
        self.perception = Perception(loss_network)
        self.trained = learning(network, joint=joint)

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The terms."""
        content, style = batch["content"], batch["style"]
        of_content, of_style = self.network.maps(content), self.network.maps(style)
        with torch.no_grad():
            contents, styles = self.perception.look(content), self.perception.look(style)
        made = self.perception.look(self.network.stylized(of_content, of_style))
        pixels, features = self.perception.identity(self.network, (content, style), (of_content, of_style), (contents, styles))
        return {
            "content": self.perception.content(made, contents),
            "style": self.perception.style(made, styles),
            "identity.pixels": pixels,
            "identity.features": features,
        }

    def show(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        """Content, style, stylized."""
        content, style = batch["content"], batch["style"]
        return [content, style, self.network(content, style)]


def learning(network: SteppedNetwork, *, joint: bool) -> nn.ModuleDict:
    """The modules of a network that learn: all of them, but the encoder only if `joint`."""
    return nn.ModuleDict({name: module for name, module in network.named_children() if joint or name != "encoder"})
