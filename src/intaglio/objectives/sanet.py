"""SANet's training: content, style, and the identity of a picture stylized with itself.

Park & Lee 2019, eq. 5-8: `L = lambda_c L_c + lambda_s L_s + lambda_i1 L_i1 + lambda_i2 L_i2`.

Departures:
- Weights 1, 3, 50 (pixels) and 1 (features), those of the code whose weights are in use; the paper prints 1 and 50 for the
  last two.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from intaglio.objectives.whole_network import WholeNetworkTraining


class SANetTraining(WholeNetworkTraining):
    """The objective of a network's attentions and decoder.

    Batches hold "content" and "style", as many of each.

    Args:
        network: all but its encoder is trained, and that too if `joint`.
        loss_network: to relu5_1; the network's own encoder in the paper.
        weights: by term: "content", "style", "identity.pixels", "identity.features".
        joint: train the encoder as well.

    """

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
