"""`CollapseWatch`: tells when a generator gives the same picture for everything."""

from collections.abc import Callable, Mapping
from pathlib import Path

from torch import Tensor

from intaglio.training.log import add_line
from intaglio.training.objective import Moment

# One level of 8 bits, of pictures in [-1, 1].
_LEVEL = 2 / 255


class CollapseWatch:
    """A hook that looks at pictures that were made, and warns once when they have become one.

    Args:
        made: calls for them, (N, 3, H, W) in [-1, 1] by who made them; fewer than two say nothing.
        log: the log of the run takes a line with `warning`.
        warned: hears of it.
        every: steps between looks; the last step has one always.

    """

    def __init__(
        self, made: Callable[[], Mapping[str, Tensor]], log: Path, warned: Callable[[str], None], *, every: int
    ) -> None:
        self.made, self.log, self.warned, self.every = made, log, warned, every
        self._collapsed = set[str]()

    def __call__(self, moment: Moment) -> None:
        """Look if it is time."""
        if moment.step % self.every and moment.step != moment.steps:
            return
        for who, pictures in self.made().items():
            if len(pictures) < 2:
                continue
            spread = float(pictures.float().std(0).mean())
            if spread >= _LEVEL:
                self._collapsed.discard(who)
            elif who not in self._collapsed:
                self._collapsed.add(who)
                text = (
                    f"the {who} has collapsed at step {moment.step}: its pictures differ by {spread / _LEVEL:.2g} of 255 "
                    "levels; start over with another seed or a lower learning rate"
                )
                add_line(self.log, {"step": moment.step, "warning": text})
                self.warned(text)
