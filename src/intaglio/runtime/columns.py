"""Convolutions of which most columns are zero, as pruning by SPP or IncReg leaves them: gathered inputs and a product.

A column is an input channel at a position of the kernel. For some positions of the output at a time, what the columns left read
is gathered, and a matrix of what is left of the weights multiplies it. Where that is faster than the kernels that are used
otherwise was measured: `benchmarks/columns.py`.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from intaglio.runtime.operators import Operator, Taps, Target
from intaglio.runtime.reach import Reach

# Share of the columns that has to be gone; of wide layers, whose kernel does not stay in the caches.
_WORTH, _WORTH_WIDE, _WIDE = 0.85, 0.75, 256
# Positions that are gathered at a time, few enough to stay in the caches.
_POSITIONS = 1024
# Positions in a product: always as many, since its bits depend on how many there are.
_ROWS = 128


def pays(taps: Taps, target: Target) -> bool:
    """Whether this convolution has so few columns left that gathering them is faster."""
    _, inputs, size, _ = taps.weight.shape
    gone = 1 - float(taps.weight.any(0).float().mean())
    fits = size == 3 and target.device.type == "cpu" and target.dtype == torch.float32
    return fits and gone >= (_WORTH_WIDE if inputs >= _WIDE else _WORTH)


def column_convolution(taps: Taps, rectify: bool, target: Target, floor: Tensor | None = None) -> Operator:
    """A 3x3 convolution of stride 1 of the columns that are not zero; see `pays`."""
    outputs, inputs = taps.weight.shape[:2]
    # Pixel by pixel, as channels-last features lie in memory: the row and the column of the kernel, then the channel.
    rows, places, channels = taps.weight.any(0).permute(1, 2, 0).nonzero().unbind(1)
    matrix = taps.weight[:, channels, rows, places].T.float().contiguous()
    bias = taps.bias.float()

    def run(x: Tensor, height: int, width: int) -> Tensor:
        below, across = x.stride(2), x.stride(3)
        # All that any column reads of a position, as one row that is not there in memory.
        windows = x.as_strided((height, width, 2 * below + 2 * across + inputs), (below, across, 1))
        wanted = rows * below + places * across + channels
        result = torch.empty((height * width, outputs))
        step = max(1, _POSITIONS // width)
        for top in range(0, height, step):
            gathered = windows[top : top + step].index_select(2, wanted).flatten(0, 1)
            _multiply(gathered, matrix, bias, result[top * width : top * width + len(gathered)])
        return result.view(height, width, outputs).permute(2, 0, 1)[None]

    return Operator(
        name=taps.name,
        way="columns",
        reach=Reach("window"),
        channels=inputs,
        outputs=outputs,
        run=run,
        border=taps.border,
        rectify=rectify,
        floor=floor,
        dtype=torch.float32,
        macs=len(rows) * outputs,
    )


def _multiply(rows: Tensor, matrix: Tensor, bias: Tensor, result: Tensor) -> None:
    """`rows @ matrix + bias`, in pieces of one size; the last of them is filled up."""
    whole = len(rows) // _ROWS * _ROWS
    for first in range(0, whole, _ROWS):
        torch.addmm(bias, rows[first : first + _ROWS], matrix, out=result[first : first + _ROWS])
    if rest := len(rows) - whole:
        filled = torch.addmm(bias, F.pad(rows[whole:], (0, 0, 0, _ROWS - rest)), matrix)
        result[whole:] = filled[:rest]
