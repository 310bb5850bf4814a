"""From an `nn.Sequential` of standard layers to a list of operators."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from intaglio.models.style.affine import Affine
from intaglio.pruning.packed import PackedConvolution
from intaglio.runtime.columns import column_convolution, pays
from intaglio.runtime.direct import covers, direct_convolution
from intaglio.runtime.kept import KeptTaps
from intaglio.runtime.layers import convolution, enlarging_convolution, pixel_pair_convolution, pool
from intaglio.runtime.operators import Operator, Taps, Target
from intaglio.runtime.ways import faster
from intaglio.runtime.winograd import suits, winograd_convolution

# A convolution to this many channels or fewer is computed for 2x2 pixels at once.
FEW_CHANNELS = 4
# Share of its weights that a layer has lost where a list of the others is worth a measurement.
_PRUNED = 0.3


def compile_layers(
    layers: nn.Sequential, target: Target, *, before: Affine | None = None, even: bool = False, fused: bool = True
) -> list[Operator]:
    """Operators that compute `layers`, after the map `before` if there is one.

    Folding is done in float64, so that the result differs from the layers run one by one by float32 rounding only. `even`
    promises that the output has even sides, as a decoded picture has: one of few channels is computed in pairs of pixels. A
    pool is computed with the convolution before it where that can, if they may be `fused`.

    Raises:
        TypeError: a layer that the runtime has no operator for.

    """
    named = list(layers.named_children())
    centers = _centers(named, target)
    pending, enlarged = before, False
    operators: list[Operator] = []
    for position, (name, layer) in enumerate(named):
        rectify = position + 1 < len(named) and isinstance(named[position + 1][1], nn.ReLU)
        last = position + 1 + rectify == len(named)
        match layer:
            case nn.ReLU():
                if not operators or not operators[-1].rectify:
                    raise TypeError(f"the runtime has a ReLU only behind a convolution, not at {name!r}")
            case nn.MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1) if operators and not (pending or enlarged):
                before_pool, ceil = operators[-1], bool(layer.ceil_mode)
                if fused and before_pool.pooled is not None:
                    operators[-1] = before_pool.pooled(ceil)
                else:
                    operators.append(pool(name, before_pool.outputs, ceil, before_pool.dtype))
            case nn.Upsample(scale_factor=2, mode="nearest") if not enlarged:
                enlarged = True
            case nn.Conv2d(kernel_size=(1, 1), stride=(1, 1), padding=(0, 0), groups=1) if not rectify:
                pending = _compose(_as_map(layer), pending)
            case nn.Conv2d(
                kernel_size=(3, 3),
                stride=(1, 1),
                padding=(1, 1),
                padding_mode="reflect" | "zeros",
                dilation=(1, 1),
                groups=1,
            ) if layer.padding_mode == "reflect" or not (pending or enlarged):
                taps = _taps(name, layer)
                if pending is not None:
                    taps, pending = taps.after(pending.weight, pending.bias), None
                center, next_center = centers[name]
                own = target.of(name)
                taps = taps.shifted(center, next_center)
                few = even and last and layer.out_channels <= FEW_CHANNELS
                floor = None if next_center is None else -next_center.to(target.device, own.dtype)[None, :, None, None]
                operators.append(fastest(taps, rectify, own, floor, enlarged=enlarged, even=few))
                enlarged = False
            case _:
                raise TypeError(f"the runtime has no operator for {name!r}: {layer}")
    if pending is not None or enlarged:
        raise TypeError("the runtime needs a 3x3 convolution behind a 1x1 convolution or an enlargement")
    return operators


def fastest(
    taps: Taps | KeptTaps,
    rectify: bool,
    target: Target,
    floor: Tensor | None = None,
    *,
    enlarged: bool = False,
    even: bool = False,
) -> Operator:
    """A convolution of stride 1 in the way that the target asks for, or that is faster here.

    Args:
        taps: of odd size; of 3x3 if the input is enlarged.
        rectify: whether a ReLU follows.
        target: where it runs, and whether by lists of what is kept.
        floor: what the ReLU clamps to, where the output is shifted.
        enlarged: the input is enlarged by 2 first.
        even: both sides of the output are; one of few channels is computed in pairs of pixels.

    """
    few = even and taps.shape[0] <= FEW_CHANNELS
    makers: dict[str, Callable[[], Operator]] = {
        "dense": lambda: _dense(taps.dense(), rectify, target, floor, enlarged=enlarged, even=even),
        "sparse": lambda: direct_convolution(taps, rectify, target, floor, enlarged=enlarged),
    }
    if target.runtime == "dense" or not covers(taps, target):
        return makers["dense"]()
    if target.runtime == "sparse":
        return makers["sparse"]()
    if 1 - taps.density < _PRUNED:
        return makers["dense"]()
    outputs, inputs, *_ = taps.shape
    kind = ("enlarged, " if enlarged else "") + ("in pairs of pixels, " if few else "")
    return faster(makers, f"3x3, {inputs} to {outputs}, {kind}{taps.density:.2f} kept")


def _dense(taps: Taps, rectify: bool, target: Target, floor: Tensor | None, *, enlarged: bool, even: bool) -> Operator:
    """The operator that does a convolution of stride 1 with the least work, zeros included."""
    if enlarged:
        return enlarging_convolution(taps, rectify, target, floor)
    if even and len(taps.weight) <= FEW_CHANNELS and taps.border == "reflect":
        return pixel_pair_convolution(taps, rectify, target, floor)
    if pays(taps, target):
        return column_convolution(taps, rectify, target, floor)
    make = winograd_convolution if suits(taps, target) else convolution
    return make(taps, rectify, target, floor)


def _centers(named: list[tuple[str, nn.Module]], target: Target) -> dict[str, tuple[Tensor | None, Tensor | None]]:
    """For each 3x3 convolution what its input is shifted by, and what its output is to be shifted by.

    The first one takes what it is given; nobody shifts that.
    """
    names = [name for name, layer in named if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3)]
    wanted = [target.centers.get(name) if name not in target.exact and name != names[0] else None for name in names]
    return dict(zip(names, zip(wanted, [*wanted, None][1:], strict=True), strict=True))


def _exact(parameter: Tensor | None, like: int) -> Tensor:
    if parameter is None:
        return torch.zeros(like, dtype=torch.float64)
    return parameter.detach().double().cpu()


def _taps(name: str, layer: nn.Conv2d) -> Taps | KeptTaps:
    border: Literal["reflect", "zeros"] = "zeros" if layer.padding_mode == "zeros" else "reflect"
    if isinstance(layer, PackedConvolution):
        shape = (layer.out_channels, layer.in_channels, *layer.kernel_size)
        bias = _exact(layer.bias, layer.out_channels)
        return KeptTaps(name, (shape[0], shape[1], shape[2], shape[3]), layer.bits.cpu(), _exact(layer.kept, 0), bias, border)
    return Taps(name, _exact(layer.weight, 0), _exact(layer.bias, layer.out_channels), border)


def _as_map(layer: nn.Conv2d) -> Affine:
    return Affine(_exact(layer.weight, 0)[:, :, 0, 0], _exact(layer.bias, layer.out_channels))


def _compose(outer: Affine, inner: Affine | None) -> Affine:
    if inner is None:
        return outer
    return Affine(outer.weight @ inner.weight, outer.weight @ inner.bias + outer.bias)
