"""The passes of a translator over a picture: which layers each of them runs, and what it leaves on disk.

A layer whose normalization asks for statistics has a pass of its own, which runs the network up to its convolution and counts
what that gives. One more pass renders. A pass can begin at the picture, or at what an earlier pass kept: the output of the
convolution that it counted and, inside of a residual block, what the block was given. What is kept is chosen so that
multiply-adds and values moved cost least together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from intaglio.models.gan.translator import Layer
from intaglio.runtime.operators import Operator

# A value that is written or read costs as much as so many multiply-adds; see docs/gans.md.
VALUE_MACS = 500.0


@dataclass(frozen=True)
class Kept:
    """Maps on disk, from one pass to another."""

    layer: int
    given: bool = False
    """What the layer is given, which opens a block; otherwise what its convolution gives."""


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One pass. Layers are told by their place in the network."""

    first: int
    """The first layer it runs; 0 reads the picture."""
    last: int
    """The last layer it runs."""
    renders: bool
    """It gives the picture; otherwise it counts what the last layer's convolution gives."""
    reads: tuple[Kept, ...] = ()
    """Nothing, if it reads the picture; what the layer before the first one gave; and what is to be added on the way."""
    writes: tuple[Kept, ...] = ()
    """Nothing; what it counts; and what is to be added to it later."""


class Course:
    """A translator's layers with their operators, as far as its passes are planned by them.

    Args:
        layers: of the network.
        operators: of these, without what follows them.

    """

    def __init__(self, layers: Sequence[Layer], operators: Sequence[Operator]) -> None:
        self.layers, self.operators = layers, operators
        self.scales = [1]
        """Pixels per cell of what each layer is given, and of what the last one gives."""
        for operator in operators:
            self.scales.append(operator.reach.rescaled(self.scales[-1]))

    def legs(self) -> list[Leg]:
        """The passes, in order; what they cost together is least."""
        counted = [index for index, layer in enumerate(self.layers) if layer.counts]
        # For each layer whose output might be kept, the cheapest way to there; -1 is the picture.
        ways: dict[int, tuple[float, list[Leg]]] = {-1: (0.0, [])}
        for kept in counted:
            further = [self._further(way, source, counted, kept) for source, way in ways.items()]
            ways[kept] = min(further, key=lambda found: found[0])
        ends = [self._further(way, source, counted, None) for source, way in ways.items()]
        return min(ends, key=lambda found: found[0])[1]

    def scale(self, kept: Kept) -> int:
        """Pixels per cell."""
        return self.scales[kept.layer + (not kept.given)]

    def channels(self, kept: Kept) -> int:
        """Of a map."""
        operator = self.operators[kept.layer]
        return operator.channels if kept.given else operator.outputs

    def values(self, kept: Sequence[Kept]) -> float:
        """Values per pixel of the picture."""
        return sum(self.channels(one) / self.scale(one) ** 2 for one in kept)

    def _further(
        self, way: tuple[float, list[Leg]], source: int, counted: Sequence[int], kept: int | None
    ) -> tuple[float, list[Leg]]:
        """A way that leads to `source`, continued by all passes from there up to one that is kept, or to the picture."""
        cost, legs = way
        ahead = [self._leg(source, last) for last in counted if last > source and (kept is None or last < kept)]
        ahead.append(
            self._leg(source, len(self.layers) - 1, renders=True) if kept is None else self._leg(source, kept, kept=True)
        )
        return cost + sum(self._cost(leg) for leg in ahead), [*legs, *ahead]

    def _cost(self, leg: Leg) -> float:
        macs = sum(self.operators[index].macs / self.scales[index] ** 2 for index in range(leg.first, leg.last + 1))
        return macs + VALUE_MACS * self.values([*leg.reads, *leg.writes])

    def _leg(self, source: int, last: int, *, renders: bool = False, kept: bool = False) -> Leg:
        before, behind = self._opened(source), self._opened(last)
        reads = [Kept(source)] if source >= 0 else []
        if before is not None and self._added(before) < last + renders:
            reads.append(Kept(before, given=True))
        writes = [Kept(last)] if kept else []
        # What a block that was open already is given was kept with the source.
        if kept and behind is not None and behind > source:
            writes.append(Kept(behind, given=True))
        return Leg(first=source + 1, last=last, renders=renders, reads=tuple(reads), writes=tuple(writes))

    def _opened(self, layer: int) -> int | None:
        """The layer that opens the block that is not added up yet behind the convolution of `layer`."""
        for index in range(layer, -1, -1):
            if index < layer and self.layers[index].adds:
                return None
            if self.layers[index].opens:
                return index
        return None

    def _added(self, opening: int) -> int:
        """The layer behind which a block is added up."""
        return next(index for index in range(opening, len(self.layers)) if self.layers[index].adds)


def done_with(legs: Sequence[Leg], number: int) -> list[Kept]:
    """What pass `number` is the last one to read."""
    later = set(chain.from_iterable(leg.reads for leg in legs[number + 1 :]))
    return [kept for kept in legs[number].reads if kept not in later]
