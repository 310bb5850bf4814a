"""Pictures pushed through streams in tiles of any size, for the tests of the runtime."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from intaglio.runtime.operators import Operator, Target
from intaglio.runtime.stream import Stream

CPU = Target(torch.device("cpu"))


def pieces(total: int, sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Intervals that cover [0, total), their lengths taken from `sizes` again and again."""
    found: list[tuple[int, int]] = []
    while not found or found[-1][1] < total:
        start = found[-1][1] if found else 0
        found.append((start, min(total, start + sizes[len(found) % len(sizes)])))
    return found


def push_rows(stream: Stream, picture: Tensor, rows: tuple[int, int], widths: Sequence[int], into: Tensor) -> None:
    """One row of tiles; what becomes ready lands in `into`."""
    start, stop = rows
    ready = stream.begin_rows(stop - start)
    filled = 0
    for left, right in pieces(picture.shape[3], widths):
        piece = stream.push(picture[:, :, start:stop, left:right])
        if piece is None:
            continue
        row, column = stream.position
        assert piece.shape[2] == ready, "begin_rows foretells the height"
        assert column == filled, "pieces come from left to right without gaps"
        into[:, :, row : row + piece.shape[2], column : column + piece.shape[3]] = piece
        filled += piece.shape[3]
    assert filled == (stream.width if ready else 0)
    stream.end_rows()


def streamed(operators: Sequence[Operator], picture: Tensor, heights: Sequence[int], widths: Sequence[int]) -> Tensor:
    """The output of a chain, gathered from tiles; NaN where nothing was written."""
    stream = Stream(operators, picture.shape[2], picture.shape[3])
    result = torch.full((1, operators[-1].outputs, stream.height, stream.width), torch.nan)
    for rows in pieces(picture.shape[2], heights):
        push_rows(stream, picture, rows, widths, result)
    return result


def deviation(found: Tensor, expected: Tensor) -> float:
    """Largest difference as a share of the largest value."""
    assert found.shape == expected.shape
    return float((found - expected).abs().max() / expected.abs().max().clamp_min(1e-30))


def randomize(layers: nn.Module, seed: int) -> nn.Module:
    """Weights and biases from a normal distribution, so that no term is small by chance."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in layers.parameters():
            parameter.normal_(generator=generator)
    return layers.requires_grad_(False).eval()
