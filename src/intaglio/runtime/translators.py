"""Layers of translators as operators: normalization folded into convolutions, and residual blocks carried along.

A normalization whose statistics are known is a scale and a shift of channels, which fold into the convolution before it. What a
residual block is given has to meet what comes out of it, and a stream lets the latter lag behind: so it travels beside the
features, as further channels of every operator of the block, and its edges are carried with theirs.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from intaglio.models.gan.translator import Layer
from intaglio.runtime.compile import fastest
from intaglio.runtime.operators import Operator, Taps, Target
from intaglio.runtime.strided import halving_convolution, spreading_convolution

Scaling = tuple[Tensor, Tensor]
"""Scale and shift of channels, (C,) float64."""


@dataclass(frozen=True, kw_only=True)
class Skip:
    """What an operator does with maps that are added later."""

    channels: int = 0
    """Of these maps."""
    opens: bool = False
    """They are what it is given; otherwise they come as the last channels of what it is given."""
    adds: bool = False
    """They are added to what it gives; otherwise they are the last channels of what it gives."""


def compile_layer(layer: Layer, target: Target, scaling: Scaling | None, *, even: bool = False) -> Operator:
    """The operator of a layer, but for the addition.

    Args:
        layer: of a network in evaluation, on the CPU.
        target: where it runs.
        scaling: its normalization; None for the convolution alone, whose output is neither normalized nor activated.
        even: both sides of the output are even.

    Raises:
        TypeError: a convolution that the runtime has no operator for.

    """
    taps = _taps(layer)
    if scaling is not None:
        scale, shift = scaling
        taps = replace(taps, weight=taps.weight * scale[:, None, None, None], bias=taps.bias * scale + shift)
    activation = "none" if scaling is None else layer.activation
    operator = _made(layer, taps, activation == "relu", target, even=even)
    if activation in ("none", "relu"):
        return operator
    run = operator.run
    return replace(operator, run=lambda x, height, width: layer.activated(run(x, height, width)), write=None)


def carrying(operator: Operator, skip: Skip) -> Operator:
    """An operator of stride 1 with maps that are added behind it, or later."""
    channels, radius = operator.channels, operator.reach.behind

    def run(x: Tensor, height: int, width: int) -> Tensor:
        features = x if skip.opens else x[:, :channels].contiguous(memory_format=torch.channels_last)
        made = operator.run(features, height, width)
        made = made.relu() if operator.rectify else made
        kept = x[:, 0 if skip.opens else channels :, radius : radius + height, radius : radius + width]
        return made + kept if skip.adds else torch.cat([made, kept], 1)

    return replace(
        operator,
        channels=channels + (0 if skip.opens else skip.channels),
        outputs=operator.outputs + (0 if skip.adds else skip.channels),
        run=run,
        write=None,
        rectify=False,
    )


def _made(layer: Layer, taps: Taps, rectify: bool, target: Target, *, even: bool) -> Operator:
    """The operator of a convolution."""
    convolution = layer.convolution
    match convolution:
        case nn.Conv2d(
            kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), padding_mode="reflect", dilation=(1, 1), groups=1
        ) if layer.enlarges:
            return fastest(taps, rectify, target, enlarged=True)
        case _ if layer.enlarges:
            raise TypeError(f"the runtime has no operator for {taps.name!r} of a translator, enlarged before: {convolution}")
        case nn.Conv2d(kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(1, 1), groups=1):
            return halving_convolution(taps, rectify, target)
        case nn.ConvTranspose2d(
            kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1), dilation=(1, 1), groups=1
        ):
            return spreading_convolution(taps, rectify, target)
        case nn.Conv2d(stride=(1, 1), dilation=(1, 1), groups=1) if convolution.padding == _same(convolution.kernel_size):
            return fastest(taps, rectify, target, even=even)
        case _:
            raise TypeError(f"the runtime has no operator for {taps.name!r} of a translator: {convolution}")


def _same(size: tuple[int, ...]) -> tuple[int, ...] | None:
    """The padding that keeps the sides, for square kernels of odd size."""
    height, width = size
    return (height // 2, width // 2) if height == width and height % 2 else None


def _taps(layer: Layer) -> Taps:
    convolution = layer.convolution
    weight = convolution.weight.detach().double().cpu()
    bias = torch.zeros(convolution.out_channels).double() if convolution.bias is None else convolution.bias.detach().double()
    if isinstance(convolution, nn.ConvTranspose2d):
        weight = weight.transpose(0, 1)
    if convolution.padding_mode not in ("reflect", "zeros"):
        raise TypeError(f"the runtime has no operator for {layer.name!r} of a translator: {convolution}")
    return Taps(layer.name, weight, bias.cpu(), "reflect" if convolution.padding_mode == "reflect" else "zeros")
