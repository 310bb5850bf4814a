"""MANet's training: content, style, identity, and the disentanglement of content and style between pictures of a batch.

Deng et al. 2020, section 3.2. Once content and style are learned well enough (their weighted sum is below a gate), pictures are
made of the batch with its contents, then with its styles, taken in another order, and compared with each other: "shuffled", as
the code has it, or "paired", as the paper says it.

Departures:
- Identity weights as in the code: 50 (pixels) and 1 (features).
- The reference draws second contents and styles from the data, and what is compared by random shuffles. Here both are rotations
  of the batch by one: its order is random already, and no picture is compared with itself (in random shuffles one in N is).
- While the gate is closed the disentangling pictures are not made; the reference makes them, and multiplies by zero.
- With several processes each has the gate of its own part of the batch.
"""

from collections.abc import Mapping
from typing import Literal, TypeVar

import torch
from torch import Tensor

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.steps import FeatureMap
from intaglio.objectives.perception import Seen
from intaglio.objectives.whole_network import WholeNetworkTraining

Pairs = Literal["shuffled", "paired"]
"""What is compared to disentangle content and style: see `MANetTraining.disentangled`."""
Key = TypeVar("Key")


class MANetTraining(WholeNetworkTraining):
    """The objective of a network's attentions and decoder.

    Batches hold "content" and "style", as many of each.

    Args:
        network: all but its encoder is trained, and that too if `joint`.
        loss_network: to relu5_1.
        weights: by term: "content", "style", "identity.pixels", "identity.features", "disentangle.content" and
            "disentangle.style".
        gate: content and style with their weights must sum to less before the last two terms are more than 0.
        pairs: what those compare.
        joint: train the encoder as well.

    """

    def __init__(
        self,
        network: SteppedNetwork,
        loss_network: LossNetwork,
        weights: Mapping[str, float],
        *,
        gate: float,
        pairs: Pairs = "shuffled",
        joint: bool = False,
    ) -> None:
        super().__init__(network, loss_network, weights, joint=joint)
        self.gate, self.pairs = gate, pairs

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The terms; the disentangling ones are 0 while the gate is closed."""
        content, style = batch["content"], batch["style"]
        of_content, of_style = self.network.maps(content), self.network.maps(style)
        with torch.no_grad():
            contents, styles = self.perception.look(content), self.perception.look(style)
        made = self.perception.look(self.network.stylized(of_content, of_style))
        pixels, features = self.perception.identity(self.network, (content, style), (of_content, of_style), (contents, styles))
        terms = {
            "content": self.perception.content(made, contents),
            "style": self.perception.style(made, styles),
            "identity.pixels": pixels,
            "identity.features": features,
        }
        judged = sum(self.weights[name] * float(terms[name].detach()) for name in ("content", "style"))
        apart = self.disentangled(of_content, of_style, made) if judged < self.gate else (pixels.new_zeros(()),) * 2
        return terms | {"disentangle.content": apart[0], "disentangle.style": apart[1]}

    def disentangled(
        self, of_content: Mapping[FeatureMap, Tensor], of_style: Mapping[FeatureMap, Tensor], made: Seen
    ) -> tuple[Tensor, Tensor]:
        """The disentangling terms of content and style, whatever the gate.

        "shuffled": pictures of other contents and the styles, among each other, as contents are compared; those of the contents
        and other styles, among each other, as styles are. "paired": pictures of the same contents and two styles, as contents
        are compared; of two contents and the same styles, as styles are.

        Args:
            of_content: what the network reads of the contents.
            of_style: of the styles.
            made: what the loss network sees in the contents stylized with the styles.

        """
        other_contents = self.perception.look(self.network.stylized(_rotated(of_content), of_style))
        other_styles = self.perception.look(self.network.stylized(of_content, _rotated(of_style)))
        if self.pairs == "paired":
            return self.perception.content(other_styles, made), self.perception.style(other_contents, made)
        return (
            self.perception.content(other_contents, _rotated(other_contents)),
            self.perception.style(other_styles, _rotated(other_styles)),
        )


def _rotated(rows: Mapping[Key, Tensor]) -> dict[Key, Tensor]:
    """Each picture of a batch where the one before it was."""
    return {key: features.roll(1, 0) for key, features in rows.items()}
