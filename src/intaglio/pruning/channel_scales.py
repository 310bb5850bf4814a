"""A scale for every channel that can go, trained under an L1 penalty: which channels a narrower network is made of.

Liu et al., Learning Efficient Convolutional Networks through Network Slimming, ICCV 2017, as Chen et al., GANs Can Play Lottery
Tickets Too, ICLR 2021, find channel tickets by it.

Departures:
- The papers take the scales of normalization. Here a channel's scale multiplies the weights that read it, which is the same
  behind a ReLU, shift included: what has no scale left says nothing, and can be removed without a difference. Networks
  whose normalization has no scales, or some for each class, are slimmed alike; so are channels that many layers read.
- Scales are 1 at first, so that a network computes what it did; in the papers' code those of batches are drawn around 1.
- The penalty is a proximal step after each of the optimizer's, as in the code of GAN-LTH, and not a subgradient. Scales learn
  by the optimizer of the other parameters; there by one of their own.
- A layer loses all of its channels in that code if all scales are zero. Here that is refused.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from intaglio.pruning.widths.channels import Normalization, inputs_of, layers_of
from intaglio.pruning.widths.joints import Width
from intaglio.vocabulary.errors import OptionError

Among = Literal["network", "layer"]
"""Where scales are ranked: all of a network together, or those of each width for themselves."""


class _Read(nn.Module):
    """A weight, input by input, times the scales of the channels that are read."""

    numbers: Tensor

    def __init__(self, scale: nn.Parameter, numbers: Tensor, place: int) -> None:
        super().__init__()
        self.scale, self.place = scale, place
        self.register_buffer("numbers", numbers, persistent=False)

    def forward(self, weight: Tensor) -> Tensor:
        # The last one is for inputs that have no scale.
        factors = torch.cat([self.scale, self.scale.new_ones(1)])[self.numbers]
        return weight * factors.view([-1 if place == self.place else 1 for place in range(weight.dim())])


def add_channel_scales_(network: nn.Module, widths: Mapping[str, Width]) -> dict[str, nn.Parameter]:
    """Give channels a scale of 1 each, where they are read; what the network computes is the same to the bit.

    Args:
        network: changed in place; the scales become parameters of it.
        widths: of the network, by name, without grouped convolutions.

    Returns:
        The scales, (channels,) each, by the names of the widths.

    """
    layers, scales = layers_of(network), dict[str, nn.Parameter]()
    for name, width in widths.items():
        scales[name] = scale = nn.Parameter(torch.ones(len(width)))
        read: dict[str, dict[int, int]] = defaultdict(dict)
        for number, joint in enumerate(width):
            for reader, side, channel in joint.places:
                if side == "in" and not isinstance(layers[reader], Normalization):
                    read[reader][channel] = number
        for reader, numbers in read.items():
            layer = layers[reader]
            index = torch.full((inputs_of(layer),), len(width))
            index[list(numbers)] = torch.tensor(list(numbers.values()))
            place = 0 if isinstance(layer, nn.ConvTranspose2d) else 1
            parametrize.register_parametrization(layer, "weight", _Read(scale, index, place))
    return scales


def folded_state(network: nn.Module) -> dict[str, Tensor]:
    """The state of the same network without scales, weights being multiplied by them.

    Scales stay in the network: torch cannot take them from one of two copies and leave them in the other.
    """
    state = network.state_dict()
    for name, layer in network.named_modules():
        if parametrize.is_parametrized(layer, "weight"):
            assert isinstance(layer.weight, Tensor)
            inner = f"{name}.parametrizations."
            state = {key: tensor for key, tensor in state.items() if not key.startswith(inner)}
            state[f"{name}.weight"] = layer.weight.detach()
    return state


def surviving(scales: Mapping[str, Tensor], keep: float | None = None, among: Among = "network") -> dict[str, Tensor]:
    """Which channels stay.

    Args:
        scales: (channels,) each, by the names of widths.
        keep: share of the channels that stay, in (0, 1], those of the largest scales; None for all whose scale is not zero.
        among: which scales compete for the share. The largest of each width stays in any case.

    Returns:
        (channels,) bool, by name.

    Raises:
        OptionError: a share out of range, no scales, or a width all of whose scales are zero, which would vanish.

    """
    if keep is not None and not 0 < keep <= 1:
        raise OptionError(f"a share of {keep:g} of the channels cannot be kept; give more than 0 and at most 1")
    sizes = {name: one.detach().abs().double().cpu() for name, one in scales.items()}
    if not sizes:
        raise OptionError("there are no scales to choose channels by; train with slimming")
    if keep == 1:
        return {name: torch.ones(len(size), dtype=torch.bool) for name, size in sizes.items()}
    for name, size in sizes.items():
        if not bool(size.any()):
            raise OptionError(
                f"all {len(size)} channels of {name} have a scale of zero, and it would vanish; slim with less strength"
            )
    if keep is None:
        return {name: size > 0 for name, size in sizes.items()}
    competing = [[name] for name in sizes] if among == "layer" else [list(sizes)]
    return {name: kept for names in competing for name, kept in _largest({name: sizes[name] for name in names}, keep).items()}


def _largest(sizes: Mapping[str, Tensor], keep: float) -> dict[str, Tensor]:
    """The share of all channels that has the largest scales, and one of each width."""
    # Those that stay in any case come first; of equal ones the first.
    first = {name: size.where(torch.arange(len(size)) != size.argmax(), torch.inf) for name, size in sizes.items()}
    order = torch.cat(list(first.values())).argsort(descending=True, stable=True)
    count = max(len(sizes), round(keep * len(order)))
    kept = torch.zeros(len(order), dtype=torch.bool)
    kept[order[:count]] = True
    return dict(zip(sizes, torch.split(kept, [len(size) for size in sizes.values()]), strict=True))


def refuse_other_scales(scales: Mapping[str, Tensor], widths: Mapping[str, Sequence[object]]) -> None:
    """Refuse scales that are not those of these widths; widths without scales stay as they are.

    Raises:
        OptionError: scales of something that is no width, or not as many as it has channels.

    """
    for name, one in scales.items():
        if name not in widths:
            raise OptionError(
                f"there are scales for {name}, which is no width of the network; its widths are {', '.join(widths)}"
            )
        if len(one) != len(widths[name]):
            raise OptionError(
                f"{name} has {len(widths[name])} channels and {len(one)} scales; give the network that was slimmed"
            )
