"""`TileRows`: a walk over a picture, one row of tiles after the other, from any of them on.

A chain carries edges from row to row. To begin in the middle it is brought to where it would be, with edges of zeros, and
pushed through the rows before until they are right; tiles and order of operations are those of a walk from the top, and so are
the bits.
"""

from collections.abc import Sequence

from torch import Tensor

from intaglio.stylizing.plan import Plan
from intaglio.stylizing.scheme import Walk
from intaglio.stylizing.tiles import push_row

# cuDNN transforms blocks of rows in ways of its own; what is wrong in one row leaves rounding in others of its block.
_MARGIN_GPU = 8


class TileRows:
    """The rows of tiles of a walk.

    Args:
        walk: a pass of a program; nothing has been pushed.
        plan: of the run.

    """

    def __init__(self, walk: Walk, plan: Plan) -> None:
        self.walk, self.device = walk, plan.device
        multiple = walk.multiple
        height, self.width = (max(1, size // walk.scale // multiple) * multiple for size in plan.tile)
        self.starts: Sequence[int] = range(0, walk.height, height)
        """First row of what is read, of each row of tiles."""
        self._height = height

    def stop(self, index: int) -> int:
        """The row behind a row of tiles."""
        return min(self.starts[index] + self._height, self.walk.height)

    def push(self, index: int, *, record: bool = True) -> None:
        """Do a row of tiles, the one behind that of the last call."""
        band = self.walk.read(self.starts[index], self.stop(index))
        push_row(self.walk.chain, band, self.width, self.device, record=record)

    def enter(self, index: int) -> None:
        """Be ready for a row of tiles, though those before it were never pushed.

        Statistics that are gathered meanwhile are of no picture.
        """
        first = index - self.before(index)
        have = self.starts[first]
        for link in self.walk.chain:
            have = link.stream.enter(have, self.device) * link.enlarges
        for row in range(first, index):
            self.push(row, record=False)

    def restore(self, tensors: dict[str, Tensor], index: int) -> None:
        """Be ready for a row of tiles, by the edges that `state` gave before it, or without."""
        for number, link in enumerate(self.walk.chain):
            prefix = f"{number}."
            if state := {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}:
                link.stream.restore(state)
        if index and not tensors:
            self.enter(index)

    def state(self) -> dict[str, Tensor]:
        """The edges that are carried on."""
        chain = enumerate(self.walk.chain)
        return {f"{number}.{name}": value for number, link in chain for name, value in link.stream.state().items()}

    def before(self, index: int) -> int:
        """How many rows of tiles have to be pushed before a row, so that all edges are right there."""
        return next(count for count in range(index + 1) if self._right(index - count, index))

    def _right(self, first: int, index: int) -> bool:
        """Whether edges before row `index` are right when rows have been pushed from `first` on."""
        margin = _MARGIN_GPU if self.device.type == "cuda" else 0
        have, clean = self.starts[index], self.starts[first]
        for link in self.walk.chain:
            whole, have, clean = link.stream.right_behind(have, clean, margin)
            if not whole:
                return False
            have, clean = have * link.enlarges, clean * link.enlarges
        return True
