"""Cascades, streamed: a pass for the statistics of the first stage, then one for each stage to render it and encode the next.

See `passes.py` for what is kept between them.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

import torch
from torch import Tensor

from intaglio.models.style.affine import Affine
from intaglio.models.style.moments import Moments
from intaglio.models.style.network import Cascade
from intaglio.runtime.layers import identity
from intaglio.runtime.moments import count_features
from intaglio.runtime.operators import Operator, Target
from intaglio.runtime.runtime import Runtime
from intaglio.runtime.stream import Stream
from intaglio.stylizing.passes import Kept, decoder_operators, encoder_operators, kept_after
from intaglio.stylizing.plan import PassPlan, chain_cost, ways_of
from intaglio.stylizing.precision import Precision
from intaglio.stylizing.scheme import Program, StyleSetting, Walk
from intaglio.stylizing.spill import Spill
from intaglio.stylizing.styles import read_style
from intaglio.stylizing.tiles import Band, Link, Tap


class CascadeScheme:
    """How a cascade is streamed.

    Args:
        network: in evaluation, on the CPU; it is compiled for the device of a run.
        runtime: how pruned layers are executed.

    """

    def __init__(self, network: Cascade, runtime: Runtime = "dense") -> None:
        self.network, self.runtime = network, runtime

    def passes(self, height: int, width: int, tile: tuple[int, int], styles: Sequence[tuple[int, int]]) -> list[PassPlan]:
        """One more than there are stages; styles leave moments only and cost no memory."""
        stages = self.network.cascade()
        passes = []
        for step, chain in enumerate(self._chains):
            source = kept_after(stages[step - 1]) if step else None
            scale = source.scale if source and source.encoded else 1
            kept = kept_after(stages[step]) if step < len(stages) else None
            macs, memory = chain_cost(chain, scale, width, tile)
            # The band that is read and the band that is written, whole rows of the picture; the output's once more as it is
            # rounded.
            memory += tile[0] * width * (source.bytes_per_pixel if source else 16)
            memory += tile[0] * width * (kept.bytes_per_pixel if kept else 24)
            name = "encode" if step == 0 else f"stage {step} of {len(stages)}"
            on_disk = int(kept.bytes_per_pixel * height * width) if kept and (kept.encoded or step) else 0
            passes.append(
                PassPlan(
                    name=name,
                    macs=macs,
                    written_bytes=on_disk,
                    kept_bytes=on_disk,
                    memory=int(memory),
                    ways=ways_of(chain),
                )
            )
        return passes

    def program(self, setting: StyleSetting) -> Program:
        """Read the styles' moments at every stage."""
        return _Program(self.network, setting)

    @cached_property
    def _chains(self) -> list[list[Operator]]:
        """The operators of each pass."""
        stages, target = self.network.cascade(), Target(torch.device("cpu"), runtime=self.runtime)
        chains: list[list[Operator]] = []
        for step in range(len(stages) + 1):
            chain: list[Operator] = []
            if step:
                before = stages[step - 1]
                if not kept_after(before).encoded:
                    chain += encoder_operators(before, target)
                chain += decoder_operators(before, target, None)
            if step < len(stages):
                chain += encoder_operators(stages[step], target)
            chains.append(chain)
        return chains


class _Program:
    """A cascade at work on one picture."""

    def __init__(self, network: Cascade, setting: StyleSetting) -> None:
        self.stages, self.setting = network.cascade(), setting
        plan, styles = setting.plan, setting.styles
        self.precision = Precision.choose(setting.options, network, styles[0], plan.device)
        self.styles: list[list[Moments]] = setting.known.styles or self._read_styles()
        setting.known.styles = self.styles
        self.regions = setting.regions
        count = self.regions.count if self.regions else 1
        self.of_content = [[stage.moments(plan.device) for _ in range(count)] for stage in self.stages]
        self.kept = [kept_after(stage) for stage in self.stages]

    def _read_styles(self) -> list[list[Moments]]:
        found, styles = [], self.setting.styles
        for index, style in enumerate(styles):
            self.setting.report(index / len(styles))
            found.append(read_style(self.stages, self.setting.card, style, self.precision.exact, self.setting.plan.tile))
        return found

    def moments(self) -> dict[str, Moments]:
        """Of each stage, for each region."""
        return {
            f"{index}.{region}": moments
            for index, of_stage in enumerate(self.of_content)
            for region, moments in enumerate(of_stage)
        }

    def walk(self, step: int) -> Walk:
        """Render stage `step`, counted from 1, and encode the next one."""
        read, height, width, scale, opened = self._source(step)
        chain, outputs = self._chain(step, height, width)
        return Walk(read=read, height=height, scale=scale, chain=chain, outputs=outputs, finished=opened)

    # What a pass reads

    def _source(self, step: int) -> tuple[Callable[[int, int], Tensor], int, int, int, list[Spill]]:
        """Reader of rows, height, width, scale, and the spills that are done with after this pass."""
        kept, picture = self.kept[step - 1] if step else None, self.setting.picture
        if kept is None or (step == 1 and not kept.encoded):
            return picture.tensor, picture.height, picture.width, 1, []
        spill = self._spill(step - 1, kept)
        return spill.read, spill.height, spill.width, kept.scale, [spill]

    def _spill(self, index: int, kept: Kept) -> Spill:
        picture = self.setting.picture
        height, width = picture.height // kept.scale, picture.width // kept.scale
        return Spill(self.setting.scratch / f"stage{index + 1}.raw", kept.channels, height, width)

    # What a pass does

    def _chain(self, step: int, height: int, width: int) -> tuple[list[Link], list[Spill]]:
        chain: list[Link] = []
        outputs: list[Spill] = []
        picture = self.setting.picture
        if step:
            chain += self._render_links(step - 1, height, width)
            height, width = picture.height, picture.width
        if step == len(self.stages):
            chain[-1].record(Band(3, width, self.setting.write))
            return chain, outputs
        kept = self.kept[step]
        spill = self._spill(step, kept) if kept.encoded or step else None
        if spill is not None:
            outputs.append(spill)
        if spill is not None and not kept.encoded:
            chain[-1].record(Band(spill.channels, spill.width, spill.write))
        link = Link(Stream(encoder_operators(self.stages[step], self.precision.exact), height, width))
        link.taps.append(self._statistics_tap(step))
        if spill is not None and kept.encoded:
            link.record(Band(spill.channels, spill.width, spill.write))
        chain.append(link)
        return chain, outputs

    def _render_links(self, index: int, height: int, width: int) -> list[Link]:
        """From what was kept of stage `index` to the picture it decodes."""
        stage, kept = self.stages[index], self.kept[index]
        maps = self._maps(index)
        scale = stage.config.scale
        encode = [] if kept.encoded else encoder_operators(stage, self.precision.exact)
        decoder = self.precision.decoder(index)
        if self.regions is None:
            return [Link(Stream([*encode, *decoder_operators(stage, decoder, maps[0])], height, width))]
        regions = self.regions

        def transfer(features: Tensor, top: int, left: int) -> Tensor:
            labels = regions.labels(scale, top, left, features.shape[2], features.shape[3])
            return regions.apply(features, labels, maps)

        before = Link(Stream(encode or [identity(kept.channels)], height, width), [transfer])
        cells = (height, width) if kept.encoded else (height // scale, width // scale)
        return [before, Link(Stream(decoder_operators(stage, decoder, None), *cells))]

    def _maps(self, index: int) -> list[Affine]:
        """The transfer of a stage: one map, or one for each region."""
        stage, content = self.stages[index], self.of_content[index]
        styles, strength = [of_style[index] for of_style in self.styles], self.setting.options.strength
        if self.regions is None:
            return [stage.solve(content[0], styles, self.setting.weights, strength)]
        return [stage.solve(region, [style], [1.0], strength) for region, style in zip(content, styles, strict=True)]

    def _statistics_tap(self, index: int) -> Tap:
        stage, moments, regions = self.stages[index], self.of_content[index], self.regions
        if regions is None:

            def count(features: Tensor, _top: int, _left: int) -> Tensor:
                count_features(moments[0], features)
                return features

            return count
        scale = stage.config.scale

        def count_regions(features: Tensor, top: int, left: int) -> Tensor:
            labels = regions.labels(scale, top, left, features.shape[2], features.shape[3]).to(features.device)
            positions = features[0].permute(1, 2, 0)
            for region, of_region in enumerate(moments):
                of_region.add(positions[labels == region])
            return features

        return count_regions
