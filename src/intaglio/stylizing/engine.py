"""The engine: statistics passes, then the render pass, over tiles of a picture of any size.

Exact: with float32 the output equals that of the whole picture at once to rounding, whatever the tiles. Bounded: one row of
tiles, the carried edges and the kernels' buffers are in memory, nothing else. Killable: a journal entry every few seconds and
at every pass lets a run go on where it was, to the same bytes.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from intaglio.models.style.affine import Affine
from intaglio.models.style.moments import Moments
from intaglio.models.style.network import Cascade
from intaglio.runtime.layers import identity
from intaglio.runtime.moments import count_features
from intaglio.runtime.stream import Stream
from intaglio.stylizing.journal import Entry, Journal
from intaglio.stylizing.padding import PaddedPicture
from intaglio.stylizing.passes import Kept, decoder_operators, encoder_operators, kept_after
from intaglio.stylizing.pixels import PixelSink
from intaglio.stylizing.plan import Plan
from intaglio.stylizing.precision import Precision
from intaglio.stylizing.regions import Regions
from intaglio.stylizing.spill import Spill
from intaglio.stylizing.tiles import Band, Link, Tap, push_row

Report = Callable[[int, float], None]
"""Told the number of a step and the share of it that is done."""


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """What the transfers of a run are made from."""

    styles: Sequence[Sequence[Moments]]
    """For each style, its moments at each stage."""
    strength: float
    """Of the transfer, at each stage."""
    weights: Sequence[float]
    """Shares of the styles; ignored where there are regions."""
    regions: Regions | None
    """Which style goes where; None to mix them everywhere."""
    precision: Precision
    """Of the layers."""


@dataclass(frozen=True)
class Workspace:
    """Where a run keeps what it needs between its passes."""

    folder: Path
    journal: Journal | None = None
    """None for a run that need not be resumed."""


class Engine:
    """One run over one picture.

    Args:
        network: in evaluation, on the CPU; it is compiled for the plan's device.
        plan: passes and tiles.
        picture: the padded picture.
        sink: where rows of the output go; called with the picture's true rows only.
        rendering: the transfers.
        workspace: scratch folder and journal.
        report: told the number of the pass, from 0, and its share that is done.

    """

    def __init__(
        self,
        network: Cascade,
        plan: Plan,
        picture: PaddedPicture,
        sink: PixelSink,
        rendering: Rendering,
        workspace: Workspace,
        report: Report,
    ) -> None:
        self.stages = network.cascade()
        self.plan, self.picture, self.sink, self.report = plan, picture, sink, report
        self.rendering, self.regions = rendering, rendering.regions
        self.scratch, self.journal = workspace.folder, workspace.journal
        count = self.regions.count if self.regions else 1
        self.moments = [[stage.moments(plan.device) for _ in range(count)] for stage in self.stages]
        self.kept = [kept_after(stage) for stage in self.stages]
        self._journaled = time.monotonic()

    def run(self) -> None:
        """All passes, from where the journal says."""
        entry = self.journal.read() if self.journal else None
        first, row, tensors = (entry.step, entry.row, entry.tensors) if entry else (0, 0, {})
        for index, of_stage in enumerate(self.moments):
            for region, moments in enumerate(of_stage):
                state = _within(tensors, f"moments.{index}.{region}.")
                if state:
                    moments.restore(state)
        for step in range(first, len(self.stages) + 1):
            self._run_pass(step, row, tensors)
            row, tensors = 0, {}
        self.sink.flush()

    # One pass

    def _run_pass(self, step: int, row: int, tensors: dict[str, Tensor]) -> None:
        read, height, width, scale, opened = self._source(step)
        chain, outputs = self._chain(step, height, width)
        for index, link in enumerate(chain):
            state = _within(tensors, f"stream.{index}.")
            if state:
                link.stream.restore(state)
        tile_height, tile_width = (max(1, size // scale) for size in self.plan.tile)
        self.report(step, row / height)
        while row < height:
            stop = min(row + tile_height, height)
            band = read(row, stop)
            push_row(chain, band, tile_width, self.plan.device)
            row = stop
            self.report(step, row / height)
            if row < height and time.monotonic() - self._journaled > self.plan.journal_seconds:
                self._write_journal(step, row, chain, outputs)
        # Before what was read goes away, also after the last pass: a run may be killed while the output is encoded.
        self._write_journal(step + 1, 0, [], outputs)
        for spill in opened:
            spill.remove()

    # What a pass reads

    def _source(self, step: int) -> tuple[Callable[[int, int], Tensor], int, int, int, list[Spill]]:
        """Reader of rows, height, width, scale, and the spills that are done with after this pass."""
        kept = self.kept[step - 1] if step else None
        if kept is None or (step == 1 and not kept.encoded):
            return self.picture.tensor, self.picture.height, self.picture.width, 1, []
        spill = self._spill(step - 1, kept)
        return spill.read, spill.height, spill.width, kept.scale, [spill]

    def _spill(self, index: int, kept: Kept) -> Spill:
        height, width = self.picture.height // kept.scale, self.picture.width // kept.scale
        return Spill(self.scratch / f"stage{index + 1}.raw", kept.channels, height, width)

    # What a pass does

    def _chain(self, step: int, height: int, width: int) -> tuple[list[Link], list[Spill]]:
        chain: list[Link] = []
        outputs: list[Spill] = []
        if step:
            chain += self._render_links(step - 1, height, width)
            height, width = self.picture.height, self.picture.width
        if step == len(self.stages):
            chain[-1].bands.append(Band(3, width, self._write_rows))
            chain[-1].taps.append(chain[-1].bands[-1].add)
            return chain, outputs
        kept = self.kept[step]
        spill = self._spill(step, kept) if kept.encoded or step else None
        if spill is not None:
            outputs.append(spill)
        if spill is not None and not kept.encoded:
            self._record(chain[-1], spill)
        stage = self.stages[step]
        target = self.rendering.precision.exact
        link = Link(Stream(encoder_operators(stage, target), height, width))
        link.taps.append(self._statistics_tap(step))
        if spill is not None and kept.encoded:
            self._record(link, spill)
        chain.append(link)
        return chain, outputs

    def _record(self, link: Link, spill: Spill) -> None:
        band = Band(spill.channels, spill.width, spill.write)
        link.bands.append(band)
        link.taps.append(band.add)

    def _render_links(self, index: int, height: int, width: int) -> list[Link]:
        """From what was kept of stage `index` to the picture it decodes."""
        stage, kept = self.stages[index], self.kept[index]
        maps = self._maps(index)
        scale = stage.config.scale
        encode = [] if kept.encoded else encoder_operators(stage, self.rendering.precision.exact)
        decoder = self.rendering.precision.decoder(index)
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
        stage, content = self.stages[index], self.moments[index]
        styles, strength = [of_style[index] for of_style in self.rendering.styles], self.rendering.strength
        if self.regions is None:
            return [stage.solve(content[0], styles, self.rendering.weights, strength)]
        return [stage.solve(region, [style], [1.0], strength) for region, style in zip(content, styles, strict=True)]

    def _statistics_tap(self, index: int) -> Tap:
        stage, moments, regions = self.stages[index], self.moments[index], self.regions
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

    def _write_rows(self, top: int, band: Tensor) -> None:
        """Crop the padding and hand rows to the sink."""
        rows = min(self.plan.height - top, band.shape[2])
        if rows > 0:
            self.sink.write(top, band[0].permute(1, 2, 0)[:rows, : self.plan.width].numpy())

    # Journal

    def _write_journal(self, step: int, row: int, chain: list[Link], outputs: list[Spill]) -> None:
        if self.journal is None:
            return
        for spill in outputs:
            spill.flush()
        self.sink.flush()
        tensors: dict[str, Tensor] = {}
        for index, of_stage in enumerate(self.moments):
            for region, moments in enumerate(of_stage):
                for name, value in moments.state().items():
                    tensors[f"moments.{index}.{region}.{name}"] = value
        for index, link in enumerate(chain):
            for name, value in link.stream.state().items():
                tensors[f"stream.{index}.{name}"] = value
        self.journal.write(Entry(step, row, self.plan.tile, tensors))
        self._journaled = time.monotonic()


def _within(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
