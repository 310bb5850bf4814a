"""`masked`: a network that trains with a mask; pruned weights, their gradients and the optimizer's moments stay zero.

Gradients are masked as they arrive, so an optimizer never sees one of a pruned weight: with moments that begin at zero every
step of SGD (with momentum and weight decay), Adam and its kin leaves the weight at zero.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from intaglio.pruning.mask import Mask


@contextmanager
def masked(parameters: Mapping[str, nn.Parameter], mask: Mask) -> Iterator[None]:
    """Set pruned weights to zero, and keep them there while the block lasts.

    Args:
        parameters: of the network, by name; those of the mask's names are masked.
        mask: of what is kept.

    Raises:
        WeightsError: it is the mask of another network.

    """
    mask.apply_(parameters)
    hooks = [parameters[name].register_hook(_keeping(kept)) for name, kept in mask.items()]  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _keeping(kept: Tensor) -> Callable[[Tensor], Tensor]:
    """Zero a gradient where nothing is kept."""
    factor: list[Tensor] = []

    def keep(gradient: Tensor) -> Tensor:
        if not factor or factor[0].device != gradient.device or factor[0].dtype != gradient.dtype:
            # In the gradient's own layout, and once: the product then reads memory in order.
            factor[:] = [torch.empty_like(gradient).copy_(kept)]
        return gradient * factor[0]

    return keep
