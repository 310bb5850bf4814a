"""`FeatureNetwork`: a network by whose features sets of pictures are compared, and the name that it gives to numbers."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from intaglio.metrics.set_features import Seen

_SHOWN = 6


@dataclass(frozen=True, kw_only=True)
class FeatureNetwork:
    """A network that sees pictures, and what has to be said of it beside every number."""

    name: str
    """What it is called in numbers."""
    digest: str
    """16 hex digits that stand for its weights."""
    resize: str
    """How pictures come to the size it takes, in words."""
    side: int | None
    """Pictures are given to it as squares of this side, pixels; None for their own size."""
    published: bool = False
    """Whether it is the network of the literature, bit by bit, so that its numbers go without its name."""
    see: Callable[[Tensor], Seen]
    """uint8 (P, 3, H, W), sRGB, on any device, to features and scores; no gradients are kept."""

    def label(self, symbol: str) -> str:
        """What a number through it is called: "FID" with the network of the literature, else "FID[convnet 3f2a91]"."""
        return symbol if self.published else f"{symbol}[{self.name} {self.digest[:_SHOWN]}]"
