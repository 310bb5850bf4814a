"""Stepped networks, streamed: one walk encodes the content and keeps the maps that are read, then a walk for each step.

A step's local functions are prepared once its statistics are complete and run on pieces; its layers are streams between them.
What several styles give is mixed behind each local function, or chosen by region.
"""

import math
from collections.abc import Sequence
from functools import cached_property

import torch
from torch import nn

from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.steps import Local, Step
from intaglio.runtime.compile import compile_layers
from intaglio.runtime.operators import Operator, Target
from intaglio.runtime.runtime import Runtime
from intaglio.stylizing.feature_maps import finished, segments, shelved
from intaglio.stylizing.plan import PassPlan, chain_cost, ways_of
from intaglio.stylizing.scheme import Program, StyleSetting
from intaglio.stylizing.stepped_program import SteppedProgram
from intaglio.vocabulary.errors import OptionError

EXACT_POSITIONS = 65_536
"""Most positions of the content that a step may ask for all at once: at relu4_1, a picture of 4.2 Mpx."""
_FLOAT = 4


class SteppedScheme:
    """How a stepped network is streamed.

    Args:
        network: in evaluation, on the CPU.
        approximate: where a step needs the content at more than `EXACT_POSITIONS`, let it have means of so many positions that
            there are fewer.
        runtime: how pruned layers are executed.

    """

    def __init__(self, network: SteppedNetwork, *, approximate: bool = False, runtime: Runtime = "dense") -> None:
        self.network, self.approximate = network, approximate
        self._target = Target(torch.device("cpu"), runtime=runtime)

    def passes(self, height: int, width: int, tile: tuple[int, int], styles: Sequence[tuple[int, int]]) -> list[PassPlan]:
        """One for the encoder, one for each step."""
        pixels = height * width
        sizes = {name: _FLOAT * channels / grid**2 for name, (grid, channels) in shelved(self.network).items()}
        alive = {name: int(sizes[name] * pixels) for name, _ in self._encoder if name in sizes}
        encoder = [one for _, part in self._encoder for one in part]
        macs, memory = chain_cost(encoder, 1, width, tile)
        memory += tile[0] * width * (16 + sum(sizes[name] for name in alive))
        written = sum(alive.values())
        passes = [
            PassPlan(
                name="encode",
                macs=macs,
                written_bytes=written,
                kept_bytes=written,
                memory=int(memory),
                ways=ways_of(encoder),
            )
        ]
        steps = self.network.steps()
        for index, step in enumerate(steps):
            macs, memory = self._cost(step, height, width, tile, styles)
            memory += tile[0] * width * (24 if index + 1 == len(steps) else sizes.get(step.name, 0))
            written = int(sizes[step.name] * pixels) if step.kept else 0
            if step.kept:
                alive[step.name] = written
            for name in finished(steps, index):
                alive.pop(name)
            kept = sum(alive.values())
            name = "render" if index + 1 == len(steps) else step.name
            ways = ways_of([one for place, part in self._layers.items() if place[0] == step.name for one in part])
            passes.append(PassPlan(name=name, macs=macs, written_bytes=written, kept_bytes=kept, memory=int(memory), ways=ways))
        return passes

    def program(self, setting: StyleSetting) -> Program:
        """Encode the styles."""
        picture = setting.picture
        pooled = {
            local.whole[0]: self._pooled(local, picture.height, picture.width)
            for step in self.network.steps()
            for local in step.locals()
            if local.whole
        }
        return SteppedProgram(self.network, setting, pooled)

    def _pooled(self, local: Local, height: int, width: int) -> int:
        """Side of the squares of positions that become one, where a local function needs all of them.

        Raises:
            OptionError: there are too many, and approximating was not asked for.

        """
        positions = height * width // local.grid**2
        if not local.whole or positions <= EXACT_POSITIONS:
            return 1
        side = math.ceil(math.sqrt(positions / EXACT_POSITIONS))
        if not self.approximate:
            macs = local.macs(height * width, 0) * positions
            raise OptionError(
                f"in this network every position of the content attends to all others: {positions:,} of them are "
                f"{macs / 1e12:,.1f} T multiply-adds, and up to {EXACT_POSITIONS:,} are done exactly; allow to approximate "
                f"(--approximate), which has them attend to means of {side}x{side} positions, or give at most "
                f"{EXACT_POSITIONS * local.grid**2 / 1e6:.1f} Mpx"
            )
        return side

    @cached_property
    def _encoder(self) -> list[tuple[str, list[Operator]]]:
        return segments(self.network.encoder, [one.name for one in self.network.reads()], self._target)

    @cached_property
    def _layers(self) -> dict[tuple[str, int], list[Operator]]:
        """The operators of each step's layers, by the step and their place in it."""
        return {
            (step.name, index): compile_layers(part, self._target)
            for step in self.network.steps()
            for index, part in enumerate(step.parts)
            if isinstance(part, nn.Sequential)
        }

    def _cost(
        self, step: Step, height: int, width: int, tile: tuple[int, int], styles: Sequence[tuple[int, int]]
    ) -> tuple[float, float]:
        macs = memory = 0.0
        grid = 1
        for index, part in enumerate(step.parts):
            if isinstance(part, Local):
                grid = part.grid
                pooled = self._pooled(part, height, width)
                for style_height, style_width in styles[: None if part.styled else 1]:
                    amounts = height * width // pooled**2, style_height * style_width
                    macs += part.macs(*amounts) / grid**2
                    memory += _FLOAT * part.held(*amounts)
                memory += 4 * _FLOAT * part.channels * (tile[0] * tile[1] + tile[0] * width) / grid**2
            else:
                more = chain_cost(self._layers[step.name, index], grid, width, tile)
                macs, memory = macs + more[0], memory + more[1]
        return macs, memory
