"""Convolutions by our own kernels that multiply by what is kept of the weights, and by nothing else; pooled on their way out.

A layer is compiled to a list of its kept weights for each output. The kernels hold a block of sums in registers while a list
runs, for 16 tiles side by side in the lanes of a vector (`src/native/kernels.h`). Sums are made in one order whatever the tiles
and the threads, so the bits do not depend on them.

A pruned weight reads nothing: where torch multiplies NaN or infinity by zero and has NaN, a list does not.
"""

from typing import Literal

import torch
from torch import Tensor

from intaglio.runtime.kept import KeptTaps
from intaglio.runtime.native import instruction_sets, native
from intaglio.runtime.operators import Operator, Taps, Target
from intaglio.runtime.reach import Reach

# Share of the weights above which all of them, in blocks of outputs that share what they load, are faster than a list.
_LISTED = 0.7
Form = Literal["kept", "kept-bfloat16", "shared"]


def covers(taps: Taps | KeptTaps, target: Target) -> bool:
    """Whether the kernels can run this convolution here."""
    return taps.shape[2] == 3 and target.device.type == "cpu" and target.dtype == torch.float32 and native() is not None


def form_of(taps: KeptTaps) -> Form:
    """A list where few weights are kept; else all, of the input positions that any output reads."""
    return "kept" if taps.density <= _LISTED else "shared"


def direct_convolution(
    taps: Taps | KeptTaps, rectify: bool, target: Target, floor: Tensor | None = None, *, enlarged: bool = False
) -> Operator:
    """A 3x3 convolution of stride 1, of the input enlarged by 2 first if told; see `covers`."""
    kept = taps if isinstance(taps, KeptTaps) else KeptTaps.of(taps)
    outputs, inputs, size, _ = kept.shape
    module, form = native(), form_of(kept)
    assert module is not None
    assert target.device.type == "cpu"
    layer = module.Convolution(
        outputs=outputs,
        inputs=inputs,
        kernel=size,
        stride=1,
        enlarge=enlarged,
        bits=kept.bits,
        weights=kept.values.float(),
        bias=kept.bias.float(),
        form=form,
        instruction_set=instruction_sets()[0],
    )

    def operator(reach: Reach) -> Operator:
        pool = reach.kind == "pooled"

        def write(x: Tensor, into: Tensor, rectified: bool) -> None:
            height, width = into.shape[2:]
            if pool:
                # An odd last row or column has no neighbor.
                height, width = min(2 * height, x.shape[2] - size + 1), min(2 * width, x.shape[3] - size + 1)
            layer.run(
                x[0].permute(1, 2, 0),
                into[0].permute(1, 2, 0),
                height=height,
                width=width,
                rectify=rectified,
                pool=pool,
                ceil=reach.ceil,
                threads=torch.get_num_threads(),
            )

        def run(x: Tensor, height: int, width: int) -> Tensor:
            result = torch.empty((1, outputs, height, width), memory_format=torch.channels_last)
            write(x, result, False)
            return result

        return Operator(
            name=kept.name,
            way="sparse" if form == "kept" else "direct",
            reach=reach,
            channels=inputs,
            outputs=outputs,
            run=run,
            write=write,
            border="replicate" if enlarged else kept.border,
            rectify=rectify,
            floor=floor,
            dtype=torch.float32,
            macs=layer.products * (4 if enlarged else 1),
            pooled=None if pool or enlarged else lambda ceil: operator(Reach("pooled", ceil=ceil)),
        )

    return operator(Reach("double" if enlarged else "window"))
