"""`frozen`: networks that judge, and are not to learn from it."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def frozen(*networks: nn.Module) -> Iterator[None]:
    """What is computed in this block gives no gradients to the networks' weights; those of their inputs pass.

    A generator's step asks its discriminator for the gradient of pictures alone: a third of the work is saved.
    """
    learning = [one for network in networks for one in network.parameters() if one.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)
