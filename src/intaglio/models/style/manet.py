"""MANet: content attends to itself, the channels of the style to each other, then the one to the other, at relu4_1.

Deng et al., Arbitrary Style Transfer via Multi-Adaptation Network, ACM MM 2020, section 3.1: every position of the content
attends to all of them, `C = W_o (H(c) softmax(F(norm c)^T G(norm c))^T) + c`; channels of the style attend to channels,
`S = W_o softmax(F(s) G(s)^T)^T H(norm s) + s`; C attends to S as content to style in SANet, and the decoder of AdaIN makes the
picture.

Departures:
- None in the numbers of the reference code. Products of channels are sums over the style's positions, not means, so that the
  size of the style picture matters, and the softmax runs along the other index than the sum that it weights.
- A strength between 0 and 1 blends pictures. The reference blends features, with those of the content stylized with itself.
"""

from collections.abc import Mapping

import torch
from pydantic import model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.style.attention import ResidualAttention, pointwise
from intaglio.models.style.statistics import normalized, wide
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.steps import Apply, FeatureMap, Known, Local, Step
from intaglio.models.style.vgg_codec import VGG19_WIDTHS, Channels, CodecConfig, Decoder, Encoder
from intaglio.vocabulary.spec import Spec

FEATURES, ADAPTED = FeatureMap("relu4_1", 8), FeatureMap("adapted", 8)


class MANetConfig(Spec):
    """An encoder to relu4_1 and the decoder that mirrors it."""

    encoder: CodecConfig = CodecConfig(cut="relu4_1", widths=VGG19_WIDTHS[:9], pooling="ceil", decoder_relu=False)
    """The default is the paper's, on the normalized VGG-19; with the widths of the decoder."""
    compared: tuple[Channels, Channels, Channels] | None = None
    """Channels of queries and keys of the content's attention; of queries, keys and values of the style's; of queries and keys
    of that between them; as many as those of the features if None, as in the paper."""
    passed: tuple[Channels, Channels] | None = None
    """Channels of values of the content's attention and of that between content and style; the same."""

    @model_validator(mode="after")
    def _ends_where_features_are_read(self) -> "MANetConfig":
        if self.encoder.cut != FEATURES.name:
            raise ValueError(f"the encoder must end at {FEATURES.name}, not {self.encoder.cut}")
        return self


class ChannelAttention(nn.Module):
    """The channels of features attend to each other: `O = out(softmax(F(s) G(s)^T)^T H(norm s)) + s`.

    Args:
        channels: of the features and of the result.
        compared: of queries, keys and values; as many if None.

    """

    def __init__(self, channels: int, compared: int | None = None) -> None:
        super().__init__()
        self.query, self.key, self.value = (pointwise(channels, compared) for _ in range(3))
        self.out = pointwise(self.value.out_channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, C, h, w), all positions; float32 or wider, whatever autocast says, since the products sum over them."""
        with torch.autocast(features.device.type, enabled=False):
            exact = wide(features)
            query, key, value = (
                part.flatten(2) for part in (self.query(exact), self.key(exact), self.value(normalized(exact)))
            )
            mixed = F.softmax(query @ key.mT, -1).mT @ value
            result: Tensor = self.out(mixed.unflatten(2, exact.shape[2:])) + exact
        return result


class MANet(SteppedNetwork):
    """The network; see the module."""

    def __init__(self, config: MANetConfig) -> None:
        super().__init__(Encoder(config.encoder))
        channels = config.encoder.channels
        of_content, of_style, of_both = config.compared or (None, None, None)
        from_content, from_style = config.passed or (None, None)
        self.content = ResidualAttention(channels, of_content, from_content)
        self.style = ChannelAttention(channels, of_style)
        self.joint = ResidualAttention(channels, of_both, from_style)
        self.decoder = Decoder(config.encoder)

    def steps(self) -> tuple[Step, ...]:
        """The content's attention to itself, then that to the style and the decoder."""
        channels = self.encoder.config.channels
        adapting = Local(
            reads=(FEATURES,),
            grid=FEATURES.grid,
            channels=channels,
            prepare=self._adapt,
            whole=(FEATURES,),
            styled=False,
            # Every position is query, key and value.
            macs=lambda content, _: self.content.macs(content / 64) + self.content.made(1),
            held=lambda content, _: self.content.held(content / 64),
        )
        attending = Local(
            reads=(ADAPTED,),
            grid=ADAPTED.grid,
            channels=channels,
            prepare=self._attend,
            macs=lambda _, style: self.joint.macs(style / 64),
            held=lambda _, style: self.joint.held(style / 64),
        )
        return (
            Step(name=ADAPTED.name, parts=(adapting,), counts="spread", kept=True),
            Step(name="picture", parts=(attending, self.decoder)),
        )

    def _adapt(self, known: Known) -> Apply:
        # Not the statistics of what `whole` gives: that may be pooled, and pooled features deviate less.
        spread = known.spread(FEATURES)
        attention = self.content.prepare(spread, known.whole(FEATURES), of_source=spread)
        return lambda features: attention(features[0])

    def _attend(self, known: Known) -> Apply:
        attention = self.joint.prepare(known.spread(ADAPTED), self.style(known.style(FEATURES)))
        return lambda features: attention(features[0])


def _narrowed(config: MANetConfig, outputs: Mapping[str, int]) -> MANetConfig:
    encoder = config.encoder.narrowed(outputs)
    compared = tuple(outputs[f"{one}.query"] for one in ("content", "style", "joint"))
    passed = tuple(outputs[f"{one}.value"] for one in ("content", "joint"))
    inner = {
        name: None if set(one) == {encoder.channels} else one for name, one in (("compared", compared), ("passed", passed))
    }
    return config.model_copy(update={"encoder": encoder, **inner})


CARD = ModelCard(
    name="manet",
    title="Multi-adaptation network at relu4_1: attention within content and style, and between them",
    paper="Deng et al., Arbitrary Style Transfer via Multi-Adaptation Network, ACM MM 2020",
    family="style",
    config=MANetConfig,
    build=MANet,
    example=MANetConfig(
        encoder=CodecConfig(cut="relu4_1", widths=(4, 4, 4, 4, 8, 8, 8, 8, 8), pooling="ceil", decoder_relu=False)
    ),
    size_multiple=8,
    narrowed=_narrowed,
    smallest_side=16,
    style_side=512,
    fixed=(
        "*conv0",
        "*encoder.layers.conv1_1",
        "*decoder.conv1_1",
        "content.*",
        "style.*",
        "joint.*",
    ),
    free=(
        "encoder.layers.conv[1-3]_*",
        "decoder.conv*",
    ),
    streaming=(
        "exact up to 4.2 Mpx, in three passes: one for mean and deviation of relu4_1; one where every position attends to all, "
        "quadratic in the pixels, for mean and deviation of what that gives; one to attend to the style and render; halo 62 px"
    ),
)
