"""Translators, streamed or in memory.

Instance normalization asks for the mean and the variance of a whole map before the next convolution can begin. So a translator
is streamed in a pass for each normalization and one more that renders; `legs.py` has what each of them runs and keeps. Where
nothing has to be counted, as with batch normalization, the one that renders is all. What fits into memory is run there, a layer
at a time, on one tile.
"""

from dataclasses import replace
from functools import cached_property

import torch

from intaglio.models.gan.translator import Translator
from intaglio.runtime.layers import identity
from intaglio.runtime.operators import Operator, Target
from intaglio.runtime.runtime import Runtime
from intaglio.runtime.translators import compile_layer
from intaglio.stylizing.legs import Course, Kept, Leg, done_with
from intaglio.stylizing.plan import PassPlan, chain_cost, ways_of
from intaglio.stylizing.scheme import Program, Setting
from intaglio.stylizing.translation_program import InMemoryProgram, TranslationProgram, carried

_FLOAT = 4
# What a pass holds of the picture beside features, read and written; what counting holds in float64.
_PICTURE, _COUNTING = 24, 40_000_000
# How often the largest map is held in memory (padded, convolved, normalized, rectified), how often the picture, and how often
# the weights, which are 16 for 9 in Winograd's way. Resident memory was 7 to 23 % below the estimate at 0.07 to 2.4 megapixels.
_MAPS, _PICTURES, _COPIES = 4, 7, 3


class TranslationScheme:
    """How a translator is streamed.

    Args:
        network: in evaluation, on the CPU.
        runtime: how pruned layers are executed.

    """

    def __init__(self, network: Translator, runtime: Runtime = "dense") -> None:
        self.network, self.runtime = network, runtime

    def passes(self, height: int, width: int, tile: tuple[int, int]) -> list[PassPlan]:
        """One for each normalization that asks for statistics, and one more."""
        found: list[PassPlan] = []
        alive: dict[Kept, int] = {}
        for number, leg in enumerate(self.legs):
            chain = self._chain(leg)
            macs, memory = chain_cost(chain, self.course.scales[leg.first], width, tile)
            # What is read is held twice, where it is of two maps.
            bands = _FLOAT * self.course.values([*leg.reads, *leg.reads, *leg.writes]) + _PICTURE
            written = {kept: int(_FLOAT * self.course.values([kept]) * height * width) for kept in leg.writes}
            alive |= written
            for kept in done_with(self.legs, number):
                alive.pop(kept)
            found.append(
                PassPlan(
                    name="render" if leg.renders else self.course.layers[leg.last].name,
                    macs=macs,
                    written_bytes=sum(written.values()),
                    kept_bytes=sum(alive.values()),
                    memory=int(memory + tile[0] * width * bands + _COUNTING + _weights(self.network)),
                    ways=ways_of(chain),
                )
            )
        return found

    def program(self, setting: Setting) -> Program:
        """Ready for the first walk."""
        return TranslationProgram(self.course, self.legs, setting, self.runtime)

    @cached_property
    def course(self) -> Course:
        """The layers, with operators that cost what those of a run will; they do not run, so that no weight is held twice."""
        layers, target = self.network.layers(), Target(torch.device("cpu"), runtime=self.runtime)
        operators = (compile_layer(one, target, None, even=one is layers[-1]) for one in layers)
        return Course(layers, [replace(one, run=lambda x, _height, _width: x, write=None) for one in operators])

    @cached_property
    def legs(self) -> list[Leg]:
        """The passes."""
        return self.course.legs()

    def _chain(self, leg: Leg) -> list[Operator]:
        """Operators that cost what those of a pass will."""
        own = carried(self.course, leg, self.course.operators[leg.first : leg.last + 1])
        read = sum(self.course.channels(kept) for kept in leg.reads)
        return [identity(read), *own] if leg.reads else own


class InMemoryScheme:
    """How a translator is run whole: one pass, whose one tile is the picture.

    Args:
        network: in evaluation, on the CPU.
        course: of the network, which tells what it costs.
        runtime: how pruned layers are executed.

    """

    def __init__(self, network: Translator, course: Course, runtime: Runtime = "dense") -> None:
        self.network, self.course, self.runtime = network, course, runtime

    def passes(self, height: int, width: int, _tile: tuple[int, int]) -> list[PassPlan]:
        """The one."""
        pairs = list(zip(self.course.operators, self.course.scales, strict=False))
        widest = max(
            max(operator.channels / scale**2, operator.outputs / operator.reach.rescaled(scale) ** 2)
            for operator, scale in pairs
        )
        return [
            PassPlan(
                name="translate",
                macs=sum(operator.macs / scale**2 for operator, scale in pairs),
                written_bytes=0,
                kept_bytes=0,
                memory=int(_FLOAT * (_MAPS * widest + 3 * _PICTURES) * height * width + _COPIES * _weights(self.network)),
                ways=ways_of(self.course.operators),
            )
        ]

    def program(self, setting: Setting) -> Program:
        """Ready for its walk."""
        return InMemoryProgram(self.course.layers, setting, self.runtime)


def _weights(network: Translator) -> int:
    """Bytes of the weights."""
    return _FLOAT * sum(parameter.numel() for parameter in network.parameters())
