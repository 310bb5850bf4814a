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

    kind: Literal["point", "window", "pairs", "halve", "pooled", "stride", "double", "spread"]
    """
    - `point`: output i needs input i.
    - `window`: output i needs inputs i - radius .. i + radius (a convolution, padded at the border).
    - `pairs`: a window whose outputs come two at a time.
    - `halve`: output i needs inputs 2i and 2i + 1 (a pool).
    - `pooled`: output i needs inputs 2i - 1 .. 2i + 2 (a 3-tap convolution, padded at the border, then a pool).
    - `stride`: output i needs inputs 2i - 1 .. 2i + 1 (a 3-tap convolution of stride 2).
    - `double`: outputs 2i and 2i + 1 need inputs i - 1 .. i + 1 (nearest enlargement, then a 3-tap convolution).
    - `spread`: outputs 2i and 2i + 1 need inputs i and i + 1 (a 3-tap transposed convolution of stride 2).
    """
    ceil: bool = False
    """Whether `halve` and `pooled` keep an odd last input."""
    radius: int = 1
    """Of `window` and `pairs`."""

    @property
    def behind(self) -> int:
        """Inputs that the last output needs behind the last one there is."""
        return {"point": 0, "halve": 0, "window": self.radius, "pairs": self.radius}.get(self.kind, 1)

    def before(self, done: int) -> int:
        """Inputs that output `done` needs before the first one there is."""
        match self.kind:
            case "window" | "pairs":
                return max(0, self.radius - done)
            case "pooled" | "stride" | "double":
                return int(done == 0)
            case "point" | "halve" | "spread":
                return 0

    @property
    def carried(self) -> int:
        """Most inputs that are kept to go on."""
        if self.kind == "point":
            return 0
        return 2 * self.radius + (self.kind == "pairs") if self.kind in ("window", "pairs") else 3

    def rescaled(self, scale: int) -> int:
        """Pixels per output, where an input is `scale` pixels."""
        if self.kind in ("double", "spread"):
            return scale // 2
        return 2 * scale if self.kind in ("halve", "pooled", "stride") else scale

    def length(self, total: int) -> int:
        """Output length of the whole input."""
        match self.kind:
            case "halve" | "pooled":
                return (total + self.ceil) // 2
            case "stride":
                return (total + 1) // 2
            case "double" | "spread":
                return 2 * total
            case "point" | "window" | "pairs":
                return total

    def ready(self, have: int, total: int) -> int:
        """How much of the output can be computed from the first `have` inputs."""
        if have >= total:
            return self.length(total)
        match self.kind:
            case "point":
                return have
            case "window":
                return max(0, have - self.radius)
            case "pairs":
                return max(0, (have - self.radius) // 2 * 2)
            case "pooled":
                return max(0, (have - 1) // 2)
            case "halve" | "stride":
                return have // 2
            case "double" | "spread":
                return max(0, 2 * (have - 1))

    def first_needed(self, done: int) -> int:
        """First input that outputs from `done` on still depend on."""
        match self.kind:
            case "point":
                return done
            case "window" | "pairs":
                return max(0, done - self.radius)
            case "halve":
                return 2 * done
            case "pooled" | "stride":
                return max(0, 2 * done - 1)
            case "double":
                return max(0, done // 2 - 1)
            case "spread":
                return done // 2
