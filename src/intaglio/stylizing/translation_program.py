"""A translator at work on one picture: its passes as chains of streams, or its layers on the whole picture, one by one."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from intaglio.models.gan.translator import Layer
from intaglio.models.style.moments import Moments
from intaglio.runtime.layers import identity
from intaglio.runtime.moments import count_features
from intaglio.runtime.operators import Operator, Target
from intaglio.runtime.runtime import Runtime
from intaglio.runtime.stream import Stream
from intaglio.runtime.translators import Scaling, Skip, carrying, compile_layer
from intaglio.stylizing.legs import Course, Kept, Leg, done_with
from intaglio.stylizing.scheme import Setting, Walk
from intaglio.stylizing.spill import Spill
from intaglio.stylizing.tiles import Band, Link, Tap


def carried(course: Course, leg: Leg, operators: Sequence[Operator]) -> list[Operator]:
    """The operators of a pass, with what is added on the way, or kept to be added later, beside the features.

    Args:
        course: of the network.
        leg: the pass.
        operators: of its layers, without additions.

    """
    adding = [index for index in range(leg.first, leg.last + leg.renders) if course.layers[index].adds]
    kept = [one.layer for one in leg.writes if one.given]
    # Channels that are carried: none at the beginning, or what is read to be added behind a layer of this pass.
    channels = course.channels(leg.reads[1]) if len(leg.reads) == 2 and not course.layers[leg.first - 1].adds else 0
    found: list[Operator] = []
    for index, operator in zip(range(leg.first, leg.last + 1), operators, strict=True):
        opens = course.layers[index].opens and (index in kept or any(place >= index for place in adding))
        channels = operator.channels if opens else channels
        adds = index in adding
        found.append(carrying(operator, Skip(channels=channels, opens=opens, adds=adds)) if channels else operator)
        channels = 0 if adds else channels
    return found


class TranslationProgram:
    """A translator at work on one picture, in passes.

    Args:
        course: of the network.
        legs: its passes.
        setting: the run; it has no styles.
        runtime: how pruned layers are executed.

    """

    def __init__(self, course: Course, legs: Sequence[Leg], setting: Setting, runtime: Runtime) -> None:
        self.course, self.legs, self.setting = course, legs, setting
        self.target = Target(setting.plan.device, runtime=runtime)
        self.spreads = {
            leg.last: Moments(course.operators[leg.last].outputs, full=False, device=setting.plan.device)
            for leg in legs
            if not leg.renders
        }

    def moments(self) -> dict[str, Moments]:
        """Of what the convolutions give whose normalization asks for statistics."""
        return {str(layer): moments for layer, moments in self.spreads.items()}

    def walk(self, step: int) -> Walk:
        """Count what a convolution gives, or render."""
        leg = self.legs[step]
        scale, picture = self.course.scales[leg.first], self.setting.picture
        height, width = picture.height // scale, picture.width // scale
        read = [self._spill(kept) for kept in leg.reads]
        written = [self._spill(kept) for kept in leg.writes]
        chain = self._settled(leg, height, width) if read else []
        if operators := self._operators(leg):
            chain.append(Link(Stream(operators, height, width)))
        if leg.renders:
            chain[-1].record(Band(3, picture.width, _writer(self.setting)))
        else:
            chain[-1].taps.append(self._count(leg.last))
        first = 0
        for spill in written:
            chain[-1].record(Band(spill.channels, spill.width, spill.write, first=first))
            first += spill.channels
        return Walk(
            read=_joined(read) if read else _reader(self.setting),
            height=height,
            scale=scale,
            chain=chain,
            outputs=written,
            finished=[spill for kept, spill in zip(leg.reads, read, strict=True) if kept in done_with(self.legs, step)],
        )

    def _spill(self, kept: Kept) -> Spill:
        scale, picture = self.course.scale(kept), self.setting.picture
        path = self.setting.scratch / f"{'given' if kept.given else 'made'}-{kept.layer}.raw"
        return Spill(path, self.course.channels(kept), picture.height // scale, picture.width // scale)

    def _operators(self, leg: Leg) -> list[Operator]:
        layers, last = self.course.layers, len(self.course.layers) - 1
        operators = []
        for index in range(leg.first, leg.last + 1):
            scaling = self._scaling(index) if index < leg.last or leg.renders else None
            operators.append(compile_layer(layers[index], self.target, scaling, even=index == last))
        return carried(self.course, leg, operators)

    def _scaling(self, index: int) -> Scaling:
        """The normalization of a layer, whose statistics are complete if it asks for some."""
        moments = self.spreads.get(index) or Moments(self.course.operators[index].outputs, full=False)
        return _scaling(self.course.layers[index], moments)

    def _settled(self, leg: Leg, height: int, width: int) -> list[Link]:
        """From what was kept to what the first layer of a pass is given."""
        layer, device = self.course.layers[leg.first - 1], self.target.device
        channels = [self.course.channels(kept) for kept in leg.reads]
        scale, shift = (one.to(device, torch.float32)[None, :, None, None] for one in self._scaling(leg.first - 1))

        def settle(piece: Tensor, _top: int, _left: int) -> Tensor:
            made = layer.activated(piece[:, : channels[0]] * scale + shift)
            if len(channels) == 1:
                return made
            kept = piece[:, channels[0] :]
            return made + kept if layer.adds else torch.cat([made, kept], 1)

        return [Link(Stream([identity(sum(channels))], height, width), [settle])]

    def _count(self, layer: int) -> Tap:
        moments = self.spreads[layer]

        def count(features: Tensor, _top: int, _left: int) -> Tensor:
            count_features(moments, features[:, : moments.channels])
            return features

        return count


class InMemoryProgram:
    """A translator at work on one picture, whole.

    Args:
        layers: of the network.
        setting: the run, whose tile is the picture.
        runtime: how pruned layers are executed.

    """

    def __init__(self, layers: Sequence[Layer], setting: Setting, runtime: Runtime) -> None:
        self.layers, self.setting = layers, setting
        target = Target(setting.plan.device, runtime=runtime)
        self.operators = [compile_layer(layer, target, None, even=layer is layers[-1]) for layer in layers]

    def moments(self) -> dict[str, Moments]:
        """None that last: each layer's are counted when it is there."""
        return {}

    def walk(self, _step: int) -> Walk:
        """All layers, on the picture."""
        picture = self.setting.picture
        link = Link(Stream([identity(3)], picture.height, picture.width), [self._translated])
        link.record(Band(3, picture.width, _writer(self.setting)))
        return Walk(read=_reader(self.setting), height=picture.height, scale=1, chain=[link])

    def _translated(self, picture: Tensor, _top: int, _left: int) -> Tensor:
        """What the network computes, its convolutions by operators, which are faster than torch's layers."""
        maps = kept = picture
        for layer, operator in zip(self.layers, self.operators, strict=True):
            kept = maps if layer.opens else kept
            made = _whole(operator, maps)
            if layer.norm is not None:
                moments = Moments(operator.outputs, full=False, device=made.device)
                if layer.counts:
                    count_features(moments, made)
                scale, shift = (one.to(made.device, made.dtype)[None, :, None, None] for one in _scaling(layer, moments))
                made = made.mul_(scale).add_(shift)
            made = layer.activated(made)
            maps = kept + made if layer.adds else made
        return maps


def _whole(operator: Operator, maps: Tensor) -> Tensor:
    """What an operator gives for maps that are all there."""
    height, width = maps.shape[2:]
    stream = Stream([operator], height, width)
    stream.begin_rows(height)
    made = stream.push(maps)
    assert made is not None
    return made


def _scaling(layer: Layer, moments: Moments) -> Scaling:
    """The normalization of a layer, by moments that are counted only where it asks for them."""
    # Of all positions that there are: what is normalized is no sample of anything.
    variance = moments.variance * (moments.count - 1) / max(1, moments.count)
    return layer.scaling(moments.mean.cpu(), variance.cpu())


def _reader(setting: Setting) -> Callable[[int, int], Tensor]:
    """Rows of the picture in the network's range."""
    low, high = setting.card.input_range
    return lambda start, stop: setting.picture.tensor(start, stop) * (high - low) + low


def _writer(setting: Setting) -> Callable[[int, Tensor], None]:
    """Takes rows in the network's range."""
    low, high = setting.card.input_range
    return lambda top, band: setting.write(top, (band - low) / (high - low))


def _joined(spills: Sequence[Spill]) -> Callable[[int, int], Tensor]:
    """Rows of several maps, their channels behind each other."""
    if len(spills) == 1:
        return spills[0].read
    return lambda start, stop: torch.cat([spill.read(start, stop) for spill in spills], 1)
