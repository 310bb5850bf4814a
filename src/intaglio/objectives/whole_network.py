"""What all objectives share that train a network as one piece: what learns, and what is shown of it."""

from collections.abc import Mapping

from torch import Tensor, nn

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.objectives.perception import LAYERS, Perception


class WholeNetworkTraining(nn.Module):
    """An objective for all of a network but its encoder.

    Batches hold "content" and "style", as many of each; a subclass says what the terms are.

    Args:
        network: all but its encoder is trained, and that too if `joint`; never the encoder's color convolution.
        loss_network: as deep as the terms look; the network's own encoder in most papers.
        weights: by term.
        joint: train the encoder as well.

    Raises:
        InputError: the loss network ends early.

    """

    looks: tuple[str, ...] = LAYERS
    """Layers of the loss network that the terms are made from."""

    def __init__(
        self, network: SteppedNetwork, loss_network: LossNetwork, weights: Mapping[str, float], *, joint: bool = False
    ) -> None:
        super().__init__()
        loss_network.require(self.looks)
        network.requires_grad_(True)
        network.encoder.learn_(joint)
        self.network, self.loss_network, self.weights = network, loss_network, dict(weights)
        learning = {name: module for name, module in network.named_children() if joint or name != "encoder"}
        self.trained = nn.ModuleDict(learning)

    @property
    def perception(self) -> Perception:
        """Distances as the loss network sees them."""
        return Perception(self.loss_network)

    def show(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        """Content, style, stylized."""
        content, style = batch["content"], batch["style"]
        return [content, style, self.network(content, style)]
