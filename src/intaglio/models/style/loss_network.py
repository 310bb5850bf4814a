"""`LossNetwork`: a frozen encoder whose features say how alike two pictures are.

Any VGG encoder will do: the normalized VGG-19 of the papers, or a compressed one, whose linear-embedding heads lift
its features to the channels of VGG-19 (Wang et al. 2020, section 3.2), so that distances are of one kind whatever the width.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from intaglio.models.style.vgg_codec import CONVOLUTIONS, Encoder
from intaglio.vocabulary.errors import InputError


class LossNetwork(nn.Module):
    """Features of pictures at relu1_1 .. the encoder's cut; the weights never train, pictures get their gradients.

    Args:
        encoder: taken over and frozen.
        lifted: pass features through the encoder's linear-embedding heads, where it has them.

    """

    def __init__(self, encoder: Encoder, *, lifted: bool = True) -> None:
        super().__init__()
        self.encoder = encoder.eval().requires_grad_(False)
        self.lifted = lifted

    @property
    def layers(self) -> tuple[str, ...]:
        """The first ReLU of each scale up to the cut: "relu1_1", "relu2_1", ..."""
        within = CONVOLUTIONS[: len(self.encoder.config.widths)]
        return tuple(name.replace("conv", "relu") for name in within if name.endswith("_1"))

    def forward(self, picture: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Features of a picture (N, 3, H, W) in [0, 1] after each of `layers`, in one pass.

        Raises:
            InputError: a layer that the encoder does not reach.

        """
        found = self.bare(picture, layers)
        return {name: features if (head := self.head(name)) is None else head(features) for name, features in found.items()}

    def bare(self, picture: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """The same before the heads, for those who need no lifted features but what follows from them (`gram.py`)."""
        self.require(layers)
        return self.encoder.taps(picture, tuple(layers))

    def head(self, layer: str) -> nn.Conv2d | None:
        """The head of a layer; None where there is none, or features are not lifted."""
        heads = self.encoder.embeddings
        head = heads[layer] if self.lifted and layer in heads else None
        assert head is None or isinstance(head, nn.Conv2d)
        return head

    def require(self, layers: Sequence[str]) -> None:
        """Raise InputError unless the encoder reaches all of `layers`."""
        reached = [name.replace("conv", "relu") for name in CONVOLUTIONS[: len(self.encoder.config.widths)]]
        missing = [name for name in layers if name not in reached]
        if missing:
            raise InputError(
                f"the loss network ends at {self.encoder.config.cut} and has no {', '.join(missing)}; take a deeper encoder"
            )
