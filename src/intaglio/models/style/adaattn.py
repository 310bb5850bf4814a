"""AdaAttN: every position of the content takes the mean and deviation that it attends to in the style, at three scales.

Liu et al., AdaAttN: Revisit Attention Mechanism in Arbitrary Neural Style Transfer, ICCV 2021, eq. 3-8, as published: with the
features of shallow layers in the keys, and a skip connection at relu3_1. A unit gives `S norm(c) + M`; those of relu4_1 and
relu5_1 are added and merged by a 3x3 convolution, and what that of relu3_1 gives joins the decoder after its first enlargement.

Departures:
- The slope of S at 0, which is infinite in the reference, is 0: one color in the style leaves no NaN in the gradients. S itself
  is computed with less cancellation than `sqrt(A V^2 - M^2)`, see `attended_spread.py`.
- A style of more positions than `sample` is sub-sampled as in the reference, with the same draw from the same seed, but the
  caller's generator is left alone; in training each unit draws from torch's generator, and the reference once for all three.
  The draw can be switched off.
- Where a side of relu3_1 is not twice that of relu4_1 the reference fails on the join, and so does this, by name; pictures are
  padded to multiples of 16.
- Queries and keys may have fewer channels than the features they are made of, which makes small networks smaller still.
- A strength between 0 and 1 blends pictures; the paper blends nothing.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.style.attended_spread import AttendedSpread
from intaglio.models.style.attention import pointwise
from intaglio.models.style.statistics import normalized
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.steps import Apply, FeatureMap, Known, Local, Step
from intaglio.models.style.two_scales import TwoScaleConfig
from intaglio.models.style.vgg_codec import Channels, CodecConfig, Decoder, Encoder
from intaglio.vocabulary.errors import InputError

Positions = Annotated[int, Field(ge=1)]


class AdaAttNConfig(TwoScaleConfig):
    """An encoder to relu5_1; the decoder mirrors it from relu4_1 on, but for the join."""

    sample: tuple[Positions, Positions] | None = (4096, 65536)
    """Most positions of a style attended to, at relu3_1 and at both deeper layers: of more, so many are drawn; None for all."""
    seed: int = Field(default=6666, ge=0, lt=2**63)
    """Of that draw; training draws others in every step."""
    compared: Channels | tuple[Channels, Channels, Channels] | None = None
    """Channels in which queries and keys are compared, at relu3_1, relu4_1 and relu5_1; or the most in all three; as many as
    their features have if None, as in the paper."""


class AdaptiveAttention(nn.Module):
    """A unit: `S norm(c) + M`, M and S mean and deviation of `value(s)` under `softmax(query(key of c)^T key(key of s))`.

    The key of a picture are its features at all layers up to the unit's own, each channel normalized, on the unit's grid.

    Args:
        config: of the network.
        level: 3, 4 or 5, of the unit's layer relu<level>_1.

    """

    def __init__(self, config: AdaAttNConfig, level: int) -> None:
        super().__init__()
        self.reads = tuple(FeatureMap(f"relu{depth}_1", 2 ** (level - 1)) for depth in range(1, level + 1))
        widths = [config.encoder.width_of(one.name) for one in self.reads]
        self.features, self.values = sum(widths), widths[-1]
        compared = config.compared
        if isinstance(compared, tuple):
            self.keys = compared[level - 3]
        else:
            self.keys = min(self.features, compared or self.features)
        self.query, self.key = pointwise(self.features, self.keys), pointwise(self.features, self.keys)
        self.value = pointwise(self.values)
        self.sample = None if config.sample is None else config.sample[level > 3]
        self.seed = config.seed

    def prepare(self, known: Known) -> "Adapted":
        """For the statistics of a content, and a style."""
        styles = [known.style(one) for one in self.reads]
        keys = torch.cat([normalized(style) for style in styles], 1)
        # A 1x1 convolution takes some positions as it takes all.
        key, value = drawn((keys, styles[-1]), self.sample, None if self.training else self.seed)
        attended = AttendedSpread(self.key(key).flatten(2), self.value(value).flatten(2))
        return Adapted(self, [known.spread(one) for one in self.reads], attended)

    def macs(self, style: int) -> float:
        """Multiply-adds of one position, for a style of so many pixels."""
        return self.features * self.keys + (self.keys + 2 * self.values) * self._attended(style)

    def held(self, style: int) -> float:
        """Numbers kept between positions: keys, values and their squares."""
        return (self.keys + 2 * self.values) * self._attended(style)

    def _attended(self, style: int) -> float:
        positions = style / self.reads[-1].grid ** 2
        return positions if self.sample is None else min(positions, self.sample)


class Adapted:
    """An `AdaptiveAttention` that knows its content's statistics and its style."""

    def __init__(self, unit: AdaptiveAttention, spreads: Sequence[tuple[Tensor, Tensor]], attended: AttendedSpread) -> None:
        self.unit, self.spreads, self.attended = unit, spreads, attended

    def __call__(self, content: Sequence[Tensor]) -> Tensor:
        """What the unit reads of the content, (N, C, h, w) each, at any positions."""
        parts = [(one - mean) / deviation for one, (mean, deviation) in zip(content, self.spreads, strict=True)]
        mean, deviation = self.attended(self.unit.query(torch.cat(parts, 1)))
        return deviation * parts[-1] + mean


class AdaAttN(SteppedNetwork):
    """The network; see the module."""

    def __init__(self, config: AdaAttNConfig) -> None:
        super().__init__(Encoder(config.encoder))
        self.attention3, self.attention4, self.attention5 = (AdaptiveAttention(config, level) for level in (3, 4, 5))
        channels, (enlarged, joined, *_) = config.encoder.channels, config.codec.decoding
        self.merge = nn.Conv2d(channels, config.merged or channels, 3, padding=1, padding_mode="reflect")
        self.decoder = Decoder(config.codec, config.merged)
        self.joined = enlarged + self.attention3.values
        self.decoder.conv3_4 = nn.Conv2d(self.joined, joined, 3, padding=1, padding_mode="reflect")

    def steps(self) -> tuple[Step, ...]:
        """Both deep attentions, layers, the shallow attention beside what they gave, layers."""
        layers = OrderedDict(self.decoder.named_children())
        before = OrderedDict([("merge", self.merge), *((name, layers.pop(name)) for name in ("conv4_1", "relu4_1"))])
        layers.pop("up3")
        shallow, fine, coarse = self.attention3, self.attention4, self.attention5
        deep = Local(
            reads=(*fine.reads, *coarse.reads),
            grid=fine.reads[-1].grid,
            channels=fine.values,
            prepare=self._prepare_deep,
            macs=lambda _, style: fine.macs(style) + coarse.macs(style) / 4,
            held=lambda _, style: fine.held(style) + coarse.held(style),
        )
        join = Local(
            reads=shallow.reads,
            grid=shallow.reads[-1].grid,
            channels=self.joined,
            prepare=self._prepare_join,
            macs=lambda _, style: shallow.macs(style),
            held=lambda _, style: shallow.held(style),
        )
        return (Step(name="picture", parts=(deep, nn.Sequential(before), join, nn.Sequential(layers))),)

    def _prepare_deep(self, known: Known) -> Apply:
        fine, coarse = self.attention4.prepare(known), self.attention5.prepare(known)
        own = len(self.attention4.reads)

        def apply(features: Sequence[Tensor]) -> Tensor:
            return fine(features[:own]) + _enlarged(coarse(features[own:]), features[0])

        return apply

    def _prepare_join(self, known: Known) -> Apply:
        shallow = self.attention3.prepare(known)

        def apply(features: Sequence[Tensor]) -> Tensor:
            return torch.cat([_enlarged(features[0], features[1]), shallow(features[1:])], 1)

        return apply


def drawn(features: Sequence[Tensor], most: int | None, seed: int | None = None) -> tuple[Tensor, ...]:
    """The same positions of several features: all, or of more than `most` the first `most` in a random order.

    Args:
        features: (N, C, h, w) each, of one size.
        most: None for all of them.
        seed: of the order, whose generator is the CPU's; None for one from torch's own generator, which is only asked where
            positions are left out.

    Returns:
        (N, C, M, 1) each.

    """
    rows = tuple(one.flatten(2)[..., None] for one in features)
    count = rows[0].shape[2]
    if most is None or count <= most:
        return rows
    generator = torch.Generator().manual_seed(int(torch.randint(2**62, ())) if seed is None else seed)
    chosen = torch.randperm(count, generator=generator)[:most].to(rows[0].device)
    return tuple(one[:, :, chosen] for one in rows)


def _enlarged(features: Tensor, like: Tensor) -> Tensor:
    """Features (N, C, h, w) at twice the size, which is that of `like`."""
    height, width = features.shape[2:]
    if (2 * height, 2 * width) != like.shape[2:]:
        raise InputError(
            f"a grid of {width} x {height} cells does not lie under one of {like.shape[3]} x {like.shape[2]}, twice as fine; "
            "pad the content to sides that are multiples of 16"
        )
    return F.interpolate(features, scale_factor=2, mode="nearest")


def _narrowed(config: AdaAttNConfig, outputs: Mapping[str, int]) -> AdaAttNConfig:
    made = config.narrowed(outputs)
    keys = tuple(outputs[f"attention{level}.query"] for level in (3, 4, 5))
    usual = tuple(sum(made.encoder.width_of(f"relu{depth + 1}_1") for depth in range(level)) for level in (3, 4, 5))
    return made.model_copy(update={"compared": None if keys == usual else keys})


CARD = ModelCard(
    name="adaattn",
    title="Adaptive attention normalization at relu3_1, relu4_1 and relu5_1",
    paper="Liu et al., AdaAttN: Revisit Attention Mechanism in Arbitrary Neural Style Transfer, ICCV 2021",
    family="style",
    config=AdaAttNConfig,
    build=AdaAttN,
    # So few positions that the draw is seen in everything that is done with the example.
    example=AdaAttNConfig(
        encoder=CodecConfig(cut="relu5_1", widths=(4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8, 8), pooling="ceil", decoder_relu=False),
        sample=(100, 30),
    ),
    size_multiple=16,
    narrowed=_narrowed,
    smallest_side=32,
    style_side=512,
    fixed=(
        "*conv0",
        "*encoder.layers.conv1_1",
        "*decoder.conv1_1",
        "attention*",
    ),
    free=(
        "encoder.layers.conv[1-4]_[2-4]",
        "decoder.conv*",
    ),
    unexportable="draws positions of the style in an order that depends on their number and a seed, which no graph says",
    streaming="exact: one pass for means and deviations of all layers, on three grids, one to attend and render; halo 118 px",
)
