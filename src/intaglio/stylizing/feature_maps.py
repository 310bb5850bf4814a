"""Feature maps of an encoder, streamed: several layers in one walk, kept on disk or in memory, read back by region."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.style.stepped import SteppedNetwork, layer_of, sampled
from intaglio.models.style.steps import FeatureMap, Step
from intaglio.models.style.vgg_codec import Encoder
from intaglio.runtime.compile import compile_layers
from intaglio.runtime.operators import Operator, Target
from intaglio.runtime.stream import Stream
from intaglio.stylizing.padding import PaddedPicture
from intaglio.stylizing.pixels import PixelSource
from intaglio.stylizing.spill import Spill
from intaglio.stylizing.tiles import Band, Link, push_row

# Rows of a map that are read at a time where all of it is wanted.
_ROWS = 64


def segments(encoder: Encoder, layers: Sequence[str], target: Target) -> list[tuple[str, list[Operator]]]:
    """An encoder cut behind each of `layers`: their names in order of depth, and the operators that lead there."""
    found: list[tuple[str, list[Operator]]] = []
    part = nn.Sequential()
    for name, layer in encoder.layers.named_children():
        part.add_module(name, layer)
        if name in layers:
            found.append((name, compile_layers(part, target)))
            part = nn.Sequential()
    return found


def read_maps(
    network: SteppedNetwork, card: ModelCard, style: PixelSource, target: Target, tile: tuple[int, int]
) -> dict[FeatureMap, Tensor]:
    """What steps read of a style picture, (1, C, h, w) on the target's device.

    The picture is encoded at its own size; only one too small for the encoder is padded.
    """
    picture = PaddedPicture(style, max(style.height, card.smallest_side), max(style.width, card.smallest_side))
    wanted = network.reads()
    height, width = picture.height, picture.width
    chain: list[Link] = []
    whole: dict[str, Tensor] = {}
    layers = [*(one.name for one in wanted), *(layer_of(one.grid) for one in wanted)]
    for name, operators in segments(network.encoder, layers, target):
        link = Link(Stream(operators, height, width))
        height, width = link.stream.height, link.stream.width
        whole[name] = torch.empty((1, height, width, operators[-1].outputs), device=target.device).permute(0, 3, 1, 2)

        def put(piece: Tensor, top: int, left: int, into: Tensor = whole[name]) -> Tensor:
            into[:, :, top : top + piece.shape[2], left : left + piece.shape[3]].copy_(piece)
            return piece

        link.taps.append(put)
        chain.append(link)
    for top in range(0, picture.height, tile[0]):
        push_row(chain, picture.tensor(top, min(top + tile[0], picture.height)), tile[1], target.device)
    return {one: sampled(whole[one.name], whole[layer_of(one.grid)]).contiguous() for one in wanted}


class Shelf:
    """Feature maps of the content on disk; each layer once, on the finest grid that is read of it.

    Args:
        folder: where the files lie.
        maps: grid and channels of each map, by name.
        height: of the padded picture, pixels.
        width: of the padded picture, pixels.
        device: where pieces are wanted.

    """

    def __init__(
        self, folder: Path, maps: Mapping[str, tuple[int, int]], height: int, width: int, device: torch.device
    ) -> None:
        self.folder, self.maps, self.height, self.width, self.device = folder, maps, height, width, device
        self._spills: dict[str, Spill] = {}
        self._bands: dict[FeatureMap, tuple[int, int, Tensor]] = {}

    def spill(self, name: str) -> Spill:
        """The file of a map."""
        if name not in self._spills:
            grid, channels = self.maps[name]
            self._spills[name] = Spill(self.folder / f"map-{name}.raw", channels, self.height // grid, self.width // grid)
        return self._spills[name]

    def band(self, name: str, scale: int) -> Band:
        """What writes a map from features of `scale` pixels per cell."""
        spill = self.spill(name)
        return Band(spill.channels, spill.width, spill.write, self.maps[name][0] // scale)

    def rows(self, of: FeatureMap, start: int, stop: int) -> Tensor:
        """Rows [start, stop) of a map's grid, (1, C, rows, width), on the CPU."""
        stride = of.grid // self.maps[of.name][0]
        return self.spill(of.name).read(start * stride, stop * stride)[:, :, ::stride, ::stride]

    def region(self, of: FeatureMap, grid: int, top: int, left: int, height: int, width: int) -> Tensor:
        """The positions of a map that belong to a piece of `grid` at (top, left), which its cells must fit."""
        ratio = of.grid // grid
        assert not any(number % ratio for number in (top, left, height, width)), "pieces fit the coarsest grid"
        top, left, height, width = (number // ratio for number in (top, left, height, width))
        known = self._bands.get(of)
        if known is None or known[:2] != (top, height):
            known = self._bands[of] = top, height, self.rows(of, top, top + height)
        return known[2][..., left : left + width].to(self.device)

    def whole(self, of: FeatureMap, pooled: int) -> Tensor:
        """All of a map, as means of `pooled` x `pooled` positions; fewer at the right and the bottom if they do not fit."""
        height = self.height // of.grid
        step = max(pooled, _ROWS // pooled * pooled)
        rows = (self.rows(of, top, min(top + step, height)).to(self.device) for top in range(0, height, step))
        return torch.cat([F.avg_pool2d(one, pooled, ceil_mode=True) for one in rows], 2)


def shelved(network: SteppedNetwork) -> dict[str, tuple[int, int]]:
    """Grid and channels of each map that is kept: the finest grid that is read of it."""
    found: dict[str, tuple[int, int]] = {}
    for one in network.reads():
        channels = network.encoder.config.width_of(one.name)
        found[one.name] = min(found.get(one.name, (one.grid, channels)), (one.grid, channels))
    for step in network.steps():
        if step.kept:
            found[step.name] = step.result.grid, step.channels
    return found


def finished(steps: Sequence[Step], index: int) -> list[str]:
    """Maps that step `index` is the last one to read."""
    last = {one.name: number for number, step in enumerate(steps) for local in step.locals() for one in local.reads}
    return [name for name, number in last.items() if number == index]
