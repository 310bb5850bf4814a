"""From an `nn.Sequential` of standard layers to a list of operators."""

import torch
from torch import Tensor, nn

from intaglio.models.style.affine import Affine
from intaglio.runtime.operators import (
    Operator,
    Taps,
    Target,
    convolution,
    enlarging_convolution,
    pixel_pair_convolution,
    pool,
)

# A convolution to this many channels or fewer is computed for 2x2 pixels at once.
FEW_CHANNELS = 4


def compile_layers(
    layers: nn.Sequential, target: Target, *, before: Affine | None = None, even: bool = False
) -> list[Operator]:
    """Operators that compute `layers`, after the map `before` if there is one.

    Folding is done in float64, so that the result differs from the layers run one by one by float32 rounding only. `even`
    promises that the output has even sides, as a decoded picture has: one of few channels is computed in pairs of pixels.

    Raises:
        TypeError: a layer that the runtime has no operator for.

    """
    pending = before
    enlarged = False
    operators: list[Operator] = []
    named = list(layers.named_children())
    for position, (name, layer) in enumerate(named):
        rectify = position + 1 < len(named) and isinstance(named[position + 1][1], nn.ReLU)
        last = position + 1 + rectify == len(named)
        match layer:
            case nn.ReLU():
                if not operators or not operators[-1].rectify:
                    raise TypeError(f"the runtime has a ReLU only behind a convolution, not at {name!r}")
            case nn.MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1) if operators and not (pending or enlarged):
                channels = operators[-1].outputs
                operators.append(pool(name, channels, bool(layer.ceil_mode), target.dtype))
            case nn.Upsample(scale_factor=2, mode="nearest") if not enlarged:
                enlarged = True
            case nn.Conv2d(kernel_size=(1, 1), stride=(1, 1), padding=(0, 0), groups=1) if not rectify:
                pending = _compose(_as_map(layer), pending)
            case nn.Conv2d(
                kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), padding_mode="reflect", dilation=(1, 1), groups=1
            ):
                taps = _taps(name, layer)
                if pending is not None:
                    taps = taps.after(pending.weight, pending.bias)
                    pending = None
                few = even and last and layer.out_channels <= FEW_CHANNELS
                make = enlarging_convolution if enlarged else pixel_pair_convolution if few else convolution
                operators.append(make(taps, rectify, target))
                enlarged = False
            case _:
                raise TypeError(f"the runtime has no operator for {name!r}: {layer}")
    if pending is not None or enlarged:
        raise TypeError("the runtime needs a 3x3 convolution behind a 1x1 convolution or an enlargement")
    return operators


def _exact(parameter: Tensor | None, like: int) -> Tensor:
    if parameter is None:
        return torch.zeros(like, dtype=torch.float64)
    return parameter.detach().double().cpu()


def _taps(name: str, layer: nn.Conv2d) -> Taps:
    return Taps(name, _exact(layer.weight, 0), _exact(layer.bias, layer.out_channels))


def _as_map(layer: nn.Conv2d) -> Affine:
    return Affine(_exact(layer.weight, 0)[:, :, 0, 0], _exact(layer.bias, layer.out_channels))


def _compose(outer: Affine, inner: Affine | None) -> Affine:
    if inner is None:
        return outer
    return Affine(outer.weight @ inner.weight, outer.weight @ inner.bias + outer.bias)
