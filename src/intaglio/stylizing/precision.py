"""Which arithmetic each layer runs in."""

from typing import Literal

import torch

from intaglio.runtime.operators import Target


class Precision:
    """float32 everywhere."""

    def __init__(self, device: torch.device) -> None:
        self.exact = Target(device)

    def encoder(self, index: int) -> Target:
        """Of stage `index`."""
        return self.exact

    def decoder(self, index: int) -> Target:
        """Of stage `index`."""
        return self.exact
