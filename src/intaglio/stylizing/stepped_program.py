"""A stepped network at work on one picture: its walks as chains of streams, local functions as taps between them."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from intaglio.models.style.moments import Moments
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.steps import Apply, FeatureMap, Local
from intaglio.runtime.compile import compile_layers
from intaglio.runtime.layers import identity
from intaglio.runtime.moments import count_features
from intaglio.runtime.operators import Target
from intaglio.runtime.stream import Stream
from intaglio.stylizing.feature_maps import Shelf, finished, read_maps, segments, shelved
from intaglio.stylizing.precision import resolve
from intaglio.stylizing.scheme import StyleSetting, Walk
from intaglio.stylizing.tiles import Band, Link, Tap, strided

_EPSILON = 1e-5
Place = tuple[int, int, int, int]
"""Top, left, height and width of a piece, in cells."""


class SteppedProgram:
    """A stepped network at work on one picture."""

    def __init__(self, network: SteppedNetwork, setting: StyleSetting, pooled: Mapping[FeatureMap, int]) -> None:
        self.pooled = pooled
        plan, picture = setting.plan, setting.picture
        device = plan.device
        self.network = network if device.type == "cpu" else copy.deepcopy(network).to(device)
        self.setting, self.steps = setting, self.network.steps()
        runtime = setting.options.runtime
        self.exact = Target(device, runtime=runtime)
        self.low = resolve(setting.options.precision, device, runtime)
        self.styles: list[dict[FeatureMap, Tensor]] = setting.known.styles or self._read_styles(network)
        setting.known.styles = self.styles
        self.shelf = Shelf(setting.scratch, shelved(network), picture.height, picture.width, device)
        self.spreads: dict[FeatureMap, Moments] = {
            one: Moments(network.encoder.config.width_of(one.name), full=False, device=device) for one in network.reads()
        }
        for step in self.steps:
            if step.counts != "nothing":
                self.spreads[step.result] = Moments(step.channels, full=step.counts == "second", device=device)

    def _read_styles(self, network: SteppedNetwork) -> list[dict[FeatureMap, Tensor]]:
        found, setting = [], self.setting
        for index, style in enumerate(setting.styles):
            setting.report(index / len(setting.styles))
            found.append(read_maps(network, setting.card, style, self.exact, setting.plan.tile))
        return found

    def moments(self) -> dict[str, Moments]:
        """Of every map."""
        return {f"{one.name}.{one.grid}": moments for one, moments in self.spreads.items()}

    def walk(self, step: int) -> Walk:
        """Encode, or do step `step`, counted from 1."""
        return self._step(step - 1) if step else self._encode()

    def _encode(self) -> Walk:
        picture = self.setting.picture
        height, width, scale = picture.height, picture.width, 1
        chain, outputs = [], []
        for name, operators in segments(self.network.encoder, [one.name for one in self.network.reads()], self.exact):
            link = Link(Stream(operators, height, width))
            scale = scale * height // link.stream.height
            height, width = link.stream.height, link.stream.width
            for one, moments in self.spreads.items():
                if one.name == name:
                    link.taps.append(_count(moments, one.grid // scale))
            link.record(self.shelf.band(name, scale))
            outputs.append(self.shelf.spill(name))
            chain.append(link)
        return Walk(read=picture.tensor, height=picture.height, scale=1, chain=chain, outputs=outputs)

    def _step(self, index: int) -> Walk:
        step, last = self.steps[index], index + 1 == len(self.steps)
        first = step.parts[0]
        assert isinstance(first, Local), "a step begins with what it reads"
        source = first.reads[0]
        assert source.grid == first.grid, "the first map sets the grid of the walk"
        height, width = self.setting.picture.height // first.grid, self.setting.picture.width // first.grid
        grid, channels = first.grid, self.shelf.maps[source.name][1]
        chain = [Link(Stream([identity(channels)], height, width))]
        for part in step.parts:
            if isinstance(part, Local):
                chain[-1].taps.append(self._local(part, grid, first=part is first))
                chain[-1].enlarges = grid // part.grid
                height, width = (side * grid // part.grid for side in (height, width))
                grid = part.grid
            else:
                even = last and part is step.parts[-1]
                stream = Stream(compile_layers(part, self._target(part) if even else self.exact, even=even), height, width)
                grid = grid * height // stream.height
                height, width = stream.height, stream.width
                chain.append(Link(stream))
        if step.counts != "nothing":
            chain[-1].taps.append(_count(self.spreads[step.result], 1))
        if last:
            chain[-1].record(Band(3, width, self._write))
        elif step.kept:
            chain[-1].record(self.shelf.band(step.name, grid))
        return Walk(
            read=lambda start, stop: self.shelf.rows(source, start, stop),
            height=self.setting.picture.height // first.grid,
            scale=first.grid,
            multiple=max(one.grid for one in first.reads) // first.grid,
            chain=chain,
            outputs=[self.shelf.spill(step.name)] if step.kept else [],
            finished=[self.shelf.spill(name) for name in finished(self.steps, index)],
        )

    def _target(self, layers: nn.Sequential) -> Target:
        """Low precision, if asked for, for all but the first and the last convolution."""
        names = [name for name, layer in layers.named_children() if isinstance(layer, nn.Conv2d)]
        return replace(self.low, exact=frozenset({names[0], names[-1]}))

    def _local(self, local: Local, before: int, *, first: bool) -> Tap:
        """A local function as a tap on features of a grid of `before` pixels per cell."""
        count = len(self.styles) if local.styled else 1
        applied = [local.prepare(_Gathered(self.spreads, self.shelf, style, self.pooled)) for style in self.styles[:count]]
        mix = self._mixture(applied, local.grid)
        ratio = before // local.grid
        others = local.reads[1:] if first else local.reads

        def run(piece: Tensor, top: int, left: int) -> Tensor:
            place = top * ratio, left * ratio, piece.shape[2] * ratio, piece.shape[3] * ratio
            read = [self.shelf.region(one, local.grid, *place) for one in others]
            return mix([piece, *read], place)

        return run

    def _mixture(self, applied: Sequence[Apply], grid: int) -> Callable[[Sequence[Tensor], Place], Tensor]:
        """What the styles make of features at a place, mixed or chosen by region."""
        weights, regions = self.setting.weights, self.setting.regions

        def mixed(features: Sequence[Tensor], _: Place) -> Tensor:
            shares = [(share, one) for share, one in zip(weights, applied, strict=True) if share]
            return torch.stack([share * one(features) for share, one in shares]).sum(0)

        def chosen(features: Sequence[Tensor], place: Place) -> Tensor:
            assert regions is not None
            labels = regions.labels(grid, *place)
            result: Tensor | None = None
            for label in torch.unique(labels).tolist():
                made = applied[label](features)
                result = made if result is None else torch.where((labels == label).to(made.device), made, result)
            assert result is not None
            return result

        if len(applied) == 1:
            return lambda features, _: applied[0](features)
        return mixed if regions is None else chosen

    def _write(self, top: int, band: Tensor) -> None:
        """Blend with the content and hand on."""
        strength = self.setting.options.strength
        if strength != 1.0:
            band = torch.lerp(self.setting.picture.tensor(top, top + band.shape[2]), band, strength)
        self.setting.write(top, band)


class _Gathered:
    """`Known` of a streamed content."""

    def __init__(
        self,
        moments: Mapping[FeatureMap, Moments],
        shelf: Shelf,
        style: Mapping[FeatureMap, Tensor],
        pooled: Mapping[FeatureMap, int],
    ) -> None:
        self._moments, self._shelf, self._style, self._pooled = moments, shelf, style, pooled

    def spread(self, of: FeatureMap) -> tuple[Tensor, Tensor]:
        moments = self._moments[of]
        mean, deviation = moments.mean, (moments.variance + _EPSILON).sqrt()
        return mean.float()[None, :, None, None], deviation.float()[None, :, None, None]

    def second(self, of: FeatureMap) -> Tensor:
        return self._moments[of].second.float()[None]

    def whole(self, of: FeatureMap) -> Tensor:
        return self._shelf.whole(of, self._pooled[of])

    def style(self, of: FeatureMap) -> Tensor:
        return self._style[of]


def _count(moments: Moments, stride: int) -> Tap:
    def count(features: Tensor, top: int, left: int) -> Tensor:
        chosen = strided(features, top, left, stride)
        if chosen.numel():
            count_features(moments, chosen)
        return features

    return count
