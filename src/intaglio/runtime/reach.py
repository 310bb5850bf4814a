"""How far an operator sees along one axis: pure arithmetic on lengths, the same for rows and for columns.

A picture arrives as a growing prefix. Of an input of `total` rows, the first `have` are there; an operator can then produce the
first `ready(have, total)` rows of its output, and to go on later it needs the input from row `first_needed(ready)`. Whatever
the lengths of the pieces, nothing is computed twice and nothing is computed before all it depends on is there.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reach:
    """One operator's geometry along an axis."""

    kind: Literal["point", "window", "pairs", "halve", "double"]
    """
    - `point`: output i needs input i.
    - `window`: output i needs inputs i - 1 .. i + 1 (a 3-tap convolution, padded at the border).
    - `pairs`: a window whose outputs come two at a time.
    - `halve`: output i needs inputs 2i and 2i + 1 (a pool).
    - `double`: outputs 2i and 2i + 1 need inputs i - 1 .. i + 1 (nearest enlargement, then a 3-tap convolution).
    """
    ceil: bool = False
    """Whether `halve` keeps an odd last input."""

    def length(self, total: int) -> int:
        """Output length of the whole input."""
        if self.kind == "halve":
            return (total + self.ceil) // 2
        return 2 * total if self.kind == "double" else total

    def ready(self, have: int, total: int) -> int:
        """How much of the output can be computed from the first `have` inputs."""
        if have >= total:
            return self.length(total)
        match self.kind:
            case "point":
                return have
            case "window":
                return max(0, have - 1)
            case "pairs":
                return max(0, (have - 1) // 2 * 2)
            case "halve":
                return have // 2
            case "double":
                return max(0, 2 * (have - 1))

    def first_needed(self, done: int) -> int:
        """First input that outputs from `done` on still depend on."""
        match self.kind:
            case "point":
                return done
            case "window" | "pairs":
                return max(0, done - 1)
            case "halve":
                return 2 * done
            case "double":
                return max(0, done // 2 - 1)
