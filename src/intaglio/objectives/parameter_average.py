"""`ParameterAverage`: a copy of a network whose parameters follow it slowly, and make better pictures than its own.

Yazici et al., The Unusual Effectiveness of Averaging in GAN Training, ICLR 2019: `a <- d a + (1 - d) p` after each step, from
the first weights on.

Departures:
- As in the code of GAN-LTH only parameters are averaged. Buffers, which are statistics of batch normalization and vectors of
  spectral normalization, are those of the network at the moment when the copy is used.
"""

import copy
from typing import cast

import torch
from torch import Tensor, nn


class ParameterAverage(nn.Module):
    """The average; at first a copy.

    Args:
        network: to follow; with a mask, already masked.
        decay: d, what stays at each step.

    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        super().__init__()
        self.network, self.decay = copy.deepcopy(network).requires_grad_(False), decay

    @torch.no_grad()
    def follow_(self, network: nn.Module) -> None:
        """A step toward the network."""
        ours, theirs = (cast(list[Tensor], list(one.parameters())) for one in (self.network, network))
        torch._foreach_lerp_(ours, theirs, 1 - self.decay)

    @torch.no_grad()
    def on_buffers_of(self, network: nn.Module) -> nn.Module:
        """The average, on the network's buffers."""
        for ours, theirs in zip(self.network.buffers(), network.buffers(), strict=True):
            ours.copy_(theirs)
        return self.network
