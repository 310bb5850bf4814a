"""Network slimming: a scale for every filter, trained under an L1 penalty; filters of small scale go.

Liu et al., Learning Efficient Convolutional Networks through Network Slimming, ICCV 2017.

Departures:
- The paper takes the scales of batch normalization, which style networks do not have. Here every convolution gets scales of its
  own while it is trained: at first the norm of each filter over the root mean square of its layer's, so that layers compare.
- The penalty is a proximal step after each of the optimizer's, and not a subgradient, so scales become zero and not only small.
- The filter of the largest scale stays in every layer; the paper's code may empty one.
- Biases of removed filters stay, as the shifts of batch normalization would.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from intaglio.pruning.magnitude import refuse_share
from intaglio.pruning.mask import Mask
from intaglio.vocabulary.errors import OptionError


class _Scaled(nn.Module):
    """A weight, filter by filter, times a scale."""

    def __init__(self, scale: Tensor) -> None:
        super().__init__()
        self.scale = nn.Parameter(scale)

    def forward(self, weight: Tensor) -> Tensor:
        return weight * self.scale.view(-1, *[1] * (weight.dim() - 1))

    def right_inverse(self, weight: Tensor) -> Tensor:
        return weight / self.scale.view(-1, *[1] * (weight.dim() - 1))


@contextmanager
def scaled(network: nn.Module, names: Iterable[str]) -> Iterator[Mapping[str, nn.Parameter]]:
    """Give filters a scale each while the block lasts; what the network computes is the same, before and after it.

    Args:
        network: changed in place.
        names: of the weights, each of a layer's `weight`, filters first.

    Yields:
        The scales, (filters,) each, by the names of the weights; parameters of the network.

    """
    layers = {name: network.get_submodule(name.rpartition(".")[0]) for name in names}
    scales: dict[str, nn.Parameter] = {}
    try:
        for name, layer in layers.items():
            scales[name] = add_scale(layer).scale
        yield scales
    finally:
        for layer in layers.values():
            remove_scale(layer)


def add_scale(layer: nn.Module) -> "_Scaled":
    """Give each filter of a layer a scale, (filters,), the attribute `scale` of what is returned."""
    assert isinstance(layer.weight, Tensor)
    norms = layer.weight.detach().flatten(1).norm(dim=1)
    # Filters that are zero already stay so, and can be divided.
    made = _Scaled((norms / norms.square().mean().sqrt()).nan_to_num().clamp_min(1e-6))
    parametrize.register_parametrization(layer, "weight", made)
    return made


def remove_scale(layer: nn.Module) -> None:
    """Multiply filters by their scales for good, if they have any."""
    if parametrize.is_parametrized(layer, "weight"):
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=True)


def shrink_(scales: Iterable[Tensor], amount: float | Tensor) -> None:
    """Move every scale toward zero, and no further: the proximal step of an L1 penalty of that strength."""
    with torch.no_grad():
        for scale in scales:
            less = amount.to(scale) if isinstance(amount, Tensor) else amount
            scale.copy_(scale.sign() * (scale.abs() - less).clamp_min(0))


def slimmed(scales: Mapping[str, Tensor], mask: Mask, sparsity: float) -> Mask:
    """Remove whole filters, those of the smallest scales of all layers, as many as the sparsity has room for.

    Args:
        scales: (filters,) by the name of the weight.
        mask: of the weights that may be pruned; those without scales stay.
        sparsity: in [0, 1), of the mask's weights; it is reached but for a part of the next filter.

    Returns:
        What is left.

    Raises:
        OptionError: sparsity out of range, or more than there is in filters that may go.

    """
    refuse_share(sparsity, "sparsity")
    room = round(sparsity * mask.count)
    left = {name: kept.clone() for name, kept in mask.items()}
    ranked = sorted(
        (float(scale), name, place)
        for name, one in scales.items()
        for place, scale in enumerate(one.detach().abs().tolist())
        if place != int(one.detach().abs().argmax())
    )
    gone = mask.count - mask.kept
    for _, name, place in ranked:
        size = int(left[name][place].sum())
        if gone + size > room:
            return Mask(left)
        left[name][place] = False
        gone += size
    if gone < room - max(1, *(kept[0].numel() for kept in mask.values())):
        raise OptionError(f"a sparsity of {sparsity:.1%} is more than filters allow, {gone / mask.count:.1%}; ask for less")
    return Mask(left)
