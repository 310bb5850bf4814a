"""`ReplayBuffer`: pictures that were made before, so that a discriminator does not forget them.

Shrivastava et al., Learning from Simulated and Unsupervised Images through Adversarial Training, CVPR 2017, section 2.3, in the
form of CycleGAN: once it is full, half of the pictures that come are exchanged for one that came before.

Departures: none.
"""

import torch
from torch import Tensor, nn


class ReplayBuffer(nn.Module):
    """Pictures of one size.

    Args:
        size: how many it holds; with 0 pictures pass.
        side: of the pictures, pixels.

    """

    pictures: Tensor
    """(size, 3, side, side)."""
    held: Tensor
    """How many there are, ()."""

    def __init__(self, size: int, side: int) -> None:
        super().__init__()
        self.register_buffer("pictures", torch.zeros(size, 3, side, side))
        self.register_buffer("held", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def exchanged(self, made: Tensor) -> Tensor:
        """As many pictures (N, 3, side, side), each new or old; torch's generator of the CPU is drawn from."""
        given = made.clone()
        for picture in given:
            held = int(self.held)
            if held < len(self.pictures):
                self.pictures[held] = picture
                self.held += 1
            elif held and bool(torch.rand(()) > 0.5):
                place = int(torch.randint(held, ()))
                old = self.pictures[place].clone()
                self.pictures[place] = picture
                picture.copy_(old)
        return given

    def seen(self) -> Tensor:
        """The pictures that it holds."""
        return self.pictures[: int(self.held)]
