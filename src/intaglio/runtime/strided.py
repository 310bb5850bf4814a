"""Convolutions that change the grid: halving it, and the transposed ones that double it again."""

from intaglio.runtime.operators import Operator, Taps, Target
from intaglio.runtime.reach import Reach


def halving_convolution(taps: Taps, rectify: bool, target: Target) -> Operator:
    """A 3x3 convolution of stride 2, padded by one."""
    outputs, inputs = taps.weight.shape[:2]
    weight, bias = target.place(taps.weight), taps.bias.to(target.device, target.bias_dtype)
    return Operator(
        name=taps.name,
        reach=Reach("stride"),
        channels=inputs,
        outputs=outputs,
        run=lambda x, _height, _width: target.convolve(x, weight, bias, stride=2),
        border=taps.border,
        rectify=rectify,
        dtype=target.dtype,
        macs=inputs * outputs * 9 / 4,
    )


def spreading_convolution(taps: Taps, rectify: bool, target: Target) -> Operator:
    """A transposed 3x3 convolution of stride 2 that doubles the sides; `taps` as a convolution's, (outputs, inputs, 3, 3)."""
    outputs, inputs = taps.weight.shape[:2]
    weight = target.place(taps.weight.transpose(0, 1))
    bias = taps.bias.to(target.device, target.bias_dtype)
    return Operator(
        name=taps.name,
        reach=Reach("spread"),
        channels=inputs,
        outputs=outputs,
        # The output in the middle of the last two inputs waits for another one.
        run=lambda x, height, width: target.enlarge(x, weight, bias, 1)[:, :, :height, :width],
        border="zeros",
        rectify=rectify,
        dtype=target.dtype,
        macs=inputs * outputs * 9,
    )
