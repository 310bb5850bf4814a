"""A translator at work on one picture: its passes as chains of streams, or the network itself on one tile."""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from intaglio.models.gan.translator import Translator
from intaglio.models.style.moments import Moments
from intaglio.runtime.layers import identity
from intaglio.runtime.moments import count_features
from intaglio.runtime.operators import Operator, Target
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

    """

    def __init__(self, course: Course, legs: Sequence[Leg], setting: Setting) -> None:
        self.course, self.legs, self.setting = course, legs, setting
        self.target = Target(setting.plan.device)
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
        # Of all positions that there are: what is normalized is no sample of anything.
        variance = moments.variance * (moments.count - 1) / max(1, moments.count)
        return self.course.layers[index].scaling(moments.mean.cpu(), variance.cpu())

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
        network: in evaluation, on the CPU.
        setting: the run, whose tile is the picture.

    """

    def __init__(self, network: Translator, setting: Setting) -> None:
        device = setting.plan.device
        self.network = network if device.type == "cpu" else copy.deepcopy(network).to(device)
        self.setting = setting

    def moments(self) -> dict[str, Moments]:
        """None: the network has its own."""
        return {}

    def walk(self, _step: int) -> Walk:
        """The network, on the picture."""
        picture = self.setting.picture
        link = Link(Stream([identity(3)], picture.height, picture.width), [lambda piece, _top, _left: self.network(piece)])
        link.record(Band(3, picture.width, _writer(self.setting)))
        return Walk(read=_reader(self.setting), height=picture.height, scale=1, chain=[link])


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
