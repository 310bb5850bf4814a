"""`Members`: the tensors that the groups of one layer are made of.

A filter is more than its weights: its bias, and what normalization behind the layer multiplies by and adds, would leave a
constant where the filter was, which cannot be removed in front of a convolution that pads with zeros. They go with it. Groups
of other kinds are weights alone.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from intaglio.pruning.contest import ranks_of, target_of
from intaglio.pruning.groups import Grouping

Place = tuple[nn.Module, str]
"""A module, and the name that it has for one of its parameters."""


class Members:
    """All that belongs to the groups of a layer.

    Args:
        layer: a convolution or a linear layer.
        grouping: of its weight.
        normalization: behind it, if there is one.

    Raises:
        OptionError: the weight has no such groups.

    """

    def __init__(self, layer: nn.Module, grouping: Grouping, normalization: nn.Module | None = None) -> None:
        self.layer, self.grouping, self.normalization = layer, grouping, normalization
        self.places: list[Place] = [(layer, "weight")]
        if grouping.outputs:
            others = [(layer, "bias"), (normalization, "weight"), (normalization, "bias")]
            self.places += [
                (module, name) for module, name in others if module is not None and getattr(module, name, None) is not None
            ]
        self.groups = grouping.count(self.weight)

    @property
    def weight(self) -> nn.Parameter:
        """Of the layer, as it is trained."""
        return learned(self.layer, "weight")

    def tensors(self) -> Iterator[nn.Parameter]:
        """The parameters as they are trained, the layer's weight first."""
        return (learned(*place) for place in self.places)

    def spread(self, values: Tensor, tensor: Tensor) -> Tensor:
        """A value per group, (groups,), in a shape that multiplies one of the tensors, of its kind and on its device."""
        return self.grouping.spread(values, tensor).to(tensor) if tensor.dim() > 1 else values.to(tensor)

    @torch.no_grad()
    def multiply_(self, values: Tensor) -> None:
        """Multiply all tensors by a value per group."""
        for tensor in self.tensors():
            tensor.mul_(self.spread(values, tensor))

    def zero_smallest_(self, share: float) -> None:
        """Zero a share of the groups, rounded up but not all of them: those of the smallest L1 norms."""
        ranks = ranks_of(self.grouping.norms(self.weight).cpu())
        self.multiply_(ranks >= target_of(self.groups, share))

    def kept(self, groups: Tensor, names: Mapping[nn.Parameter, str]) -> dict[str, Tensor]:
        """Which groups are kept, (groups,) booleans, as booleans of the shapes of the tensors, by their names."""
        return {names[tensor]: self.spread(groups, tensor).bool().expand_as(tensor).contiguous() for tensor in self.tensors()}


def learned(module: nn.Module, name: str) -> nn.Parameter:
    """The parameter that is trained, below a parametrization if there is one."""
    found = module.parametrizations[name].original if parametrize.is_parametrized(module, name) else getattr(module, name)  # type: ignore[index, union-attr]
    assert isinstance(found, nn.Parameter)
    return found
