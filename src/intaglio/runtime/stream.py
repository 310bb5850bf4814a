"""Operators run over a picture that arrives tile by tile, in raster order, each edge computed once.

Every operator keeps the last rows (of the whole width) and the last columns (of the current tile) that it still needs, at most
three of each where convolutions are 3x3. A tile therefore yields a piece of the output that lags behind it by the halo, and the
last tiles catch up: no halo is recomputed, tiles need no alignment, and the result does not depend on their size but for
rounding.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from intaglio.runtime.operators import Operator
from intaglio.runtime.reach import Reach

_CHANNELS_LAST = torch.channels_last


class _Axis:
    """Where an operator stands along one axis."""

    def __init__(self, operator: Operator, total: int) -> None:
        self.reach, self.total = operator.reach, total
        self.restart()

    def restart(self) -> None:
        self.have, self.done, self.low = 0, 0, 0
        self.advance(0)

    def advance(self, size: int) -> None:
        """The next piece of input has `size` rows."""
        self.low, self.start = self.reach.first_needed(self.done), self.have
        self.have += size
        self.first, self.done = self.done, max(self.done, self.reach.ready(self.have, self.total))
        self.keep = min(self.reach.first_needed(self.done), self.have)

    @property
    def produces(self) -> int:
        return self.done - self.first

    @property
    def before(self) -> int:
        return self.reach.before(self.first)

    @property
    def behind(self) -> int:
        return self.reach.behind if self.done == self.reach.length(self.total) else 0


class _Station:
    """One operator with the edges it carries."""

    def __init__(self, operator: Operator, height: int, width: int) -> None:
        self.operator = operator
        self.rows, self.columns = _Axis(operator, height), _Axis(operator, width)
        self.upper: Tensor | None = None
        self.next_upper: Tensor | None = None
        self.left: Tensor | None = None
        self.buffer = self.inner = torch.empty(0)

    def begin_rows(self, size: int) -> int:
        self.rows.advance(size)
        self.columns.restart()
        self.left = self.next_upper = None
        return self.rows.produces

    def end_rows(self) -> None:
        if self.rows.have > self.rows.start:
            self.upper = self.next_upper

    def enter(self, have: int) -> int:
        """Stand where so many rows lead to, with edges of zeros; gives the rows of output that they are enough for."""
        rows = self.rows
        rows.have, rows.done = have, rows.reach.ready(have, rows.total)
        kept = have - min(rows.reach.first_needed(rows.done), have)
        operator, shape = self.operator, (1, self.operator.channels, kept, self.columns.total)
        self.upper = torch.zeros(shape, dtype=operator.dtype).contiguous(memory_format=_CHANNELS_LAST) if kept else None
        return rows.done

    def receive(self, width: int, device: torch.device) -> Tensor:
        """Make room for the next `width` columns of the current rows, beside what is carried; gives where to write them."""
        rows, columns = self.rows, self.columns
        columns.advance(width)
        above, below, before, behind = self._margins()
        height, width = rows.have - rows.low, columns.have - columns.low
        self.buffer = torch.empty(
            (1, self.operator.channels, above + height + below, before + width + behind),
            dtype=self.operator.dtype,
            device=device,
            memory_format=_CHANNELS_LAST,
        )
        self.inner = self.buffer[:, :, above : above + height, before : before + width]
        top, side = rows.start - rows.low, columns.start - columns.low
        if top:
            assert self.upper is not None
            self.inner[:, :, :top].copy_(self.upper[:, :, :, columns.low : columns.have])
        if side:
            assert self.left is not None
            self.inner[:, :, top:, :side].copy_(self.left)
        return self.inner[:, :, top:, side:]

    def ready(self) -> bool:
        """The piece is written: carry its edges on, and tell whether any output can be made of it."""
        self._carry(self.inner)
        if not self._produces:
            return False
        if self.operator.border != "none":
            self._pad(self.buffer)
        return True

    def run(self) -> Tensor:
        """The output that has become ready, before its ReLU."""
        return self.operator.run(self.buffer, self.rows.produces, self.columns.produces)

    def write(self, target: Tensor) -> None:
        """The output that has become ready, through its ReLU."""
        operator = self.operator
        if operator.write is not None and operator.floor is None and target.dtype == torch.float32:
            operator.write(self.buffer, target, operator.rectify)
        else:
            _rectify_into(target, self.run(), operator)

    @property
    def _produces(self) -> bool:
        return self.rows.produces > 0 and self.columns.produces > 0

    def _margins(self) -> tuple[int, int, int, int]:
        """Border rows above and below, border columns left and right."""
        if self.operator.border == "none" or not self._produces:
            return 0, 0, 0, 0
        rows, columns = self.rows, self.columns
        return rows.before, rows.behind, columns.before, columns.behind

    def _carry(self, inner: Tensor) -> None:
        rows, columns = self.rows, self.columns
        kept = rows.have - rows.keep
        if kept:
            if self.next_upper is None:
                shape = (1, inner.shape[1], kept, columns.total)
                self.next_upper = torch.empty(shape, dtype=inner.dtype, device=inner.device, memory_format=_CHANNELS_LAST)
            start = columns.start
            source = inner[:, :, rows.keep - rows.low :, start - columns.low :]
            self.next_upper[:, :, :, start : columns.have].copy_(source)
        top = rows.start - rows.low
        self.left = inner[:, :, top:, columns.keep - columns.low :].clone(memory_format=_CHANNELS_LAST)

    def _pad(self, buffer: Tensor) -> None:
        above, below, before, behind = self._margins()
        for axis, start, end in ((2, above, below), (3, before, behind)):
            last = buffer.shape[axis] - 1 - end
            for step in range(1, start + 1):
                self._fill(buffer.select(axis, start - step), buffer, axis, start, step)
            for step in range(1, end + 1):
                self._fill(buffer.select(axis, last + step), buffer, axis, last, -step)

    def _fill(self, target: Tensor, buffer: Tensor, axis: int, edge: int, step: int) -> None:
        """A row or column of the border, `step` outside of the edge of the picture."""
        match self.operator.border:
            case "zeros":
                target.zero_()
            case "reflect":
                target.copy_(buffer.select(axis, edge + step))
            case "replicate":
                target.copy_(buffer.select(axis, edge))


def _rectify_into(target: Tensor, piece: Tensor, source: Operator) -> None:
    """Copy what `source` gave, through its ReLU."""
    if not source.rectify:
        target.copy_(piece)
    elif piece.dtype != target.dtype:
        target.copy_(piece.relu_() if source.floor is None else torch.maximum(piece, source.floor))
    elif source.floor is None:
        torch.clamp_min(piece, 0, out=target)
    else:
        torch.maximum(piece, source.floor, out=target)


class Stream:
    """A chain of operators over one picture.

    Usage: for each row of tiles `begin_rows(height)`, `push` its pieces from left to right, `end_rows()`.

    Args:
        operators: in order.
        height: rows of the whole input.
        width: columns of the whole input.

    """

    def __init__(self, operators: Sequence[Operator], height: int, width: int) -> None:
        self.stations: list[_Station] = []
        for operator in operators:
            self.stations.append(_Station(operator, height, width))
            height, width = operator.reach.length(height), operator.reach.length(width)
        self.height, self.width = height, width

    def begin_rows(self, size: int) -> int:
        """The next row of tiles brings `size` input rows; returns how many output rows it will make ready."""
        for station in self.stations:
            size = station.begin_rows(size)
        return size

    def push(self, piece: Tensor | None) -> Tensor | None:
        """The next piece (1, C, size, w) of the current row of tiles, any w; gives the output that becomes ready.

        Pieces of the output come in raster order too, each right of the one before.
        """
        if piece is None:
            return None
        first, *others = self.stations
        first.receive(piece.shape[3], piece.device).copy_(piece)
        station = first
        for following in others:
            if not station.ready():
                return None
            station.write(following.receive(station.columns.produces, piece.device))
            station = following
        if not station.ready():
            return None
        output = station.run()
        return output.relu_() if station.operator.rectify else output

    @property
    def position(self) -> tuple[int, int]:
        """Row and column of the upper left corner of the piece that `push` gave last."""
        last = self.stations[-1]
        return last.rows.first, last.columns.first

    def end_rows(self) -> None:
        """The current row of tiles is complete."""
        for station in self.stations:
            station.end_rows()

    def enter(self, have: int, device: torch.device) -> int:
        """Go on behind the first `have` rows of a picture that were never pushed; gives the rows of output that lie there.

        Carried edges are zeros, so what comes out next is wrong near its upper border; `right_behind` tells how far.
        """
        for station in self.stations:
            have = station.enter(have)
            station.upper = None if station.upper is None else station.upper.to(device)
        return have

    def right_behind(self, have: int, first: int, margin: int = 0) -> tuple[bool, int, int]:
        """What is right after `have` rows, when all that is pushed from row `first` on is.

        Args:
            have: rows of input.
            first: of these, the first that is right; 0 if all are.
            margin: rows that a convolution may mix beyond those that it is made of, by rounding.

        Returns:
            Whether every edge that is carried on is right; the rows of output; and of these the first that is right.

        """
        whole = True
        for station in self.stations:
            reach, total = station.operator.reach, station.rows.total
            done = reach.ready(have, total)
            whole = whole and first <= min(reach.first_needed(done), have)
            have, first = done, _first_right(reach, first, total, margin)
        return whole, have, first

    def state(self) -> dict[str, Tensor]:
        """What must be kept between rows of tiles to go on later: the carried edges and the positions."""
        state: dict[str, Tensor] = {}
        for index, station in enumerate(self.stations):
            state[f"{index}.position"] = torch.tensor([station.rows.have, station.rows.done])
            if station.upper is not None:
                state[f"{index}.upper"] = station.upper
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        """Become what `state()` described."""
        for index, station in enumerate(self.stations):
            station.rows.have, station.rows.done = (int(number) for number in state[f"{index}.position"])
            upper = state.get(f"{index}.upper")
            if upper is not None:
                station.upper = upper.contiguous(memory_format=_CHANNELS_LAST)


def _first_right(reach: Reach, first: int, total: int, margin: int) -> int:
    """The first output that depends on inputs from `first` on only."""
    if first == 0:
        return 0
    output = reach.ready(first, total)
    while reach.first_needed(output) < first:
        output += 1
    # Kernels that compute two rows at a time begin at even ones.
    return output + output % 2 + margin
