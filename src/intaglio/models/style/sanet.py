"""SANet: style-attentional networks at relu4_1 and relu5_1.

Park & Lee, Arbitrary Style Transfer with Style-Attentional Networks, CVPR 2019, eq. 1-4: at each scale
`O = W_o (H(s) softmax(F(norm c)^T G(norm s))^T) + c`; the coarser result is enlarged and added, a 3x3 convolution merges both,
and the decoder of AdaIN makes the picture.

Departures:
- None in the numbers of the reference code. It fails where relu4_1 has an odd side; here pictures are padded to multiples of
  16.
- A strength between 0 and 1 blends pictures; the paper blends nothing.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.models.card import ModelCard
from intaglio.models.style.attention import ResidualAttention
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.steps import Apply, FeatureMap, Known, Local, Step
from intaglio.models.style.two_scales import TwoScaleConfig
from intaglio.models.style.vgg_codec import Channels, CodecConfig, Decoder, Encoder

FINE, COARSE = FeatureMap("relu4_1", 8), FeatureMap("relu5_1", 16)


class SANetConfig(TwoScaleConfig):
    """An encoder to relu5_1; the decoder mirrors it from relu4_1 on."""

    compared: tuple[Channels, Channels] | None = None
    """Channels of queries and keys, at relu4_1 and relu5_1; as many as those of the features if None, as in the paper."""
    passed: tuple[Channels, Channels] | None = None
    """The same of values."""


class SANet(SteppedNetwork):
    """The network; see the module."""

    def __init__(self, config: SANetConfig) -> None:
        super().__init__(Encoder(config.encoder))
        channels = config.encoder.channels
        fine, coarse = zip(config.compared or (None, None), config.passed or (None, None), strict=True)
        self.fine, self.coarse = ResidualAttention(channels, *fine), ResidualAttention(channels, *coarse)
        self.merge = nn.Conv2d(channels, config.merged or channels, 3, padding=1, padding_mode="reflect")
        self.decoder = Decoder(config.codec, config.merged)

    def steps(self) -> tuple[Step, ...]:
        """Both attentions, then one chain of layers."""
        channels = self.encoder.config.channels
        attention = Local(
            reads=(FINE, COARSE),
            grid=FINE.grid,
            channels=channels,
            prepare=self._prepare,
            macs=lambda _, style: self.fine.macs(style / 64) + self.coarse.macs(style / 256) / 4,
            held=lambda _, style: self.fine.held(style / 64) + self.coarse.held(style / 256),
        )
        return (
            Step(
                name="picture",
                parts=(attention, nn.Sequential(OrderedDict([("merge", self.merge), *self.decoder.named_children()]))),
            ),
        )

    def _prepare(self, known: Known) -> Apply:
        fine = self.fine.prepare(known.spread(FINE), known.style(FINE))
        coarse = self.coarse.prepare(known.spread(COARSE), known.style(COARSE))

        def apply(features: Sequence[Tensor]) -> Tensor:
            enlarged = F.interpolate(coarse(features[1]), scale_factor=2, mode="nearest")
            return fine(features[0]) + enlarged

        return apply


def _narrowed(config: SANetConfig, outputs: Mapping[str, int]) -> SANetConfig:
    made = config.narrowed(outputs)
    usual = (made.encoder.channels,) * 2
    inner = {
        "compared": (outputs["fine.query"], outputs["coarse.query"]),
        "passed": (outputs["fine.value"], outputs["coarse.value"]),
    }
    return made.model_copy(update={name: None if one == usual else one for name, one in inner.items()})


CARD = ModelCard(
    name="sanet",
    title="Style-attentional networks at relu4_1 and relu5_1",
    paper="Park & Lee, Arbitrary Style Transfer with Style-Attentional Networks, CVPR 2019",
    family="style",
    config=SANetConfig,
    build=SANet,
    example=SANetConfig(
        encoder=CodecConfig(cut="relu5_1", widths=(4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8, 8), pooling="ceil", decoder_relu=False)
    ),
    size_multiple=16,
    narrowed=_narrowed,
    smallest_side=32,
    style_side=512,
    fixed=(
        "*conv0",
        "*encoder.layers.conv1_1",
        "*decoder.conv1_1",
        "fine.*",
        "coarse.*",
    ),
    free=(
        "encoder.layers.conv[1-3]_*",
        "encoder.layers.conv4_[2-4]",
        "merge",
        "decoder.conv*",
    ),
    streaming="exact: one pass for mean and deviation at relu4_1 and relu5_1, one to attend and render; halo 118 px",
)
