"""LST: a linear transformation of features, its matrix predicted from content and style.

Li, Liu, Kautz & Yang, Learning Linear Transformations for Fast Image and Video Style Transfer, CVPR 2019: centered features of
content and style each go through three convolutions to K channels, and a linear layer makes a K x K matrix of their second
moments, `C` and `S`. With 1x1 convolutions `P` to K channels and `U` back, `y = U S C P (x - mean c) + mean s`, which a decoder
that was made to reconstruct turns into the picture.

Departures:
- None in the numbers of the reference code: K = 32, convolutions to half, a quarter and K channels, padded with zeros, second
  moments not centered. Channels that do not divide are rounded up.
- The reference stretches the contrast of every picture it saves to the full range, and clamps before; here the numbers are
  those of the decoder. Its saved pictures are therefore not the ones to compare with.
- Fresh weights let the content's features pass, as far as K channels hold them: matrices begin near the identity, `U` as the
  transpose of an orthogonal `P`. Those of the reference are drawn.
- A strength between 0 and 1 blends pictures; the reference blends nothing.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from intaglio.models.card import ModelCard
from intaglio.models.style.attention import pointwise
from intaglio.models.style.gram import second_moment
from intaglio.models.style.statistics import wide
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.steps import Apply, FeatureMap, Known, Local, Step
from intaglio.models.style.vgg_codec import VGG19_WIDTHS, Channels, CodecConfig, Cut, Decoder, Encoder
from intaglio.vocabulary.spec import Spec

CUTS: tuple[Cut, ...] = ("relu4_1", "relu3_1")
"""Where features may be transformed: the paper's layer, and one that keeps more of the content, for less work."""
# The step of the content's convolutions.
_COMPRESSED = "compressed"


class LSTConfig(Spec):
    """One codec, and the size of the matrices."""

    codec: CodecConfig = CodecConfig(cut="relu4_1", widths=VGG19_WIDTHS[:9], decoder_relu=False)
    """Encoder and decoder, to relu4_1 or relu3_1; the default is the paper's, on the normalized VGG-19."""
    matrix: int = Field(default=32, ge=1)
    """K, rows and columns of the matrices."""
    hidden: tuple[tuple[Channels, Channels], tuple[Channels, Channels]] | None = None
    """Outputs of the first two convolutions that the content goes through, and of those of the style; half and a quarter of the
    features' channels if None, as in the paper."""

    @model_validator(mode="after")
    def _cut_is_known(self) -> "LSTConfig":
        if self.codec.cut not in CUTS:
            raise ValueError(f"features are transformed at {' or '.join(CUTS)}, not at {self.codec.cut}")
        return self


class MatrixBranch(nn.Module):
    """Centered features (N, C, h, w) -> `layers` -> second moments (N, K, K) -> `matrix` (N, K, K).

    Args:
        channels: C.
        size: K.
        hidden: outputs of the first two convolutions.

    """

    def __init__(self, channels: int, size: int, hidden: tuple[int, int]) -> None:
        super().__init__()
        half, quarter = hidden
        self.layers = nn.Sequential(
            OrderedDict[str, nn.Module](
                conv1=nn.Conv2d(channels, half, 3, padding=1),
                relu1=nn.ReLU(),
                conv2=nn.Conv2d(half, quarter, 3, padding=1),
                relu2=nn.ReLU(),
                conv3=nn.Conv2d(quarter, size, 3, padding=1),
            )
        )
        self.linear = nn.Linear(size * size, size * size)
        with torch.no_grad():
            self.linear.weight.mul_(0.1)
            self.linear.bias.copy_(torch.eye(size).flatten())

    def matrix(self, second: Tensor) -> Tensor:
        """From second moments (N, K, K), the matrix, (N, K, K)."""
        with torch.autocast(second.device.type, enabled=False):
            made: Tensor = self.linear(second.flatten(1)).view_as(second)
        return made

    @property
    def macs(self) -> int:
        """Multiply-adds of `layers` for one position."""
        return sum(layer.weight.numel() for layer in self.layers if isinstance(layer, nn.Conv2d))


class LinearTransform(nn.Module):
    """All that is trained in the paper.

    Args:
        channels: of content, style and result.
        size: K.
        hidden: outputs of the first two convolutions of the content's branch, and of the style's; as in the paper if None.

    """

    def __init__(self, channels: int, size: int, hidden: tuple[tuple[int, int], tuple[int, int]] | None = None) -> None:
        super().__init__()
        self.content, self.style = (MatrixBranch(channels, size, one) for one in hidden or _usual(channels))
        self.compress, self.expand = pointwise(channels, size), pointwise(size, channels)
        with torch.no_grad():
            nn.init.orthogonal_(self.compress.weight)
            self.expand.weight.copy_(self.compress.weight.transpose(0, 1))
            for layer in (self.compress, self.expand):
                assert layer.bias is not None
                layer.bias.zero_()

    def prepare(self, mean: Tensor, second: Tensor, style: Tensor) -> Apply:
        """The map of features at any positions.

        Args:
            mean: of the content's features, (N, C, 1, 1).
            second: moments of what the content's layers gave, (N, K, K).
            style: features (N, C, h, w).

        """
        style_mean = wide(style).mean((2, 3), keepdim=True)
        of_style = self.style.matrix(second_moment(self.style.layers(style - style_mean)))
        of_content = self.content.matrix(second)
        expand = self.expand
        assert expand.bias is not None
        with torch.autocast(style.device.type, enabled=False):
            # U S C is C x K: no C x C matrix is made, and only two thin products are left for each position.
            back = expand.weight.flatten(1) @ of_style @ of_content
            offset = expand.bias[:, None] + style_mean.flatten(2)

        def apply(features: Sequence[Tensor]) -> Tensor:
            (content,) = features
            few: Tensor = self.compress(content - mean)
            with torch.autocast(content.device.type, enabled=False):
                return torch.baddbmm(offset, back, wide(few).flatten(2)).view(-1, len(back[0]), *few.shape[2:])

        return apply


class LST(SteppedNetwork):
    """The network; see the module."""

    def __init__(self, config: LSTConfig) -> None:
        super().__init__(Encoder(config.codec))
        self.config = config
        self.transform = LinearTransform(config.codec.channels, config.matrix, config.hidden)
        self.decoder = Decoder(config.codec)

    @property
    def read(self) -> FeatureMap:
        """The features that are transformed."""
        return FeatureMap(self.config.codec.cut, self.config.codec.scale)

    def steps(self) -> tuple[Step, ...]:
        """The convolutions of the content, whose moments the transformation then knows."""
        codec, size, branch = self.config.codec, self.config.matrix, self.transform.style
        area = codec.scale**2
        center = Local(
            reads=(self.read,),
            grid=codec.scale,
            channels=codec.channels,
            prepare=self._center,
            styled=False,
            held=lambda _content, _style: codec.channels,
        )

        def macs(content: int, style: int) -> float:
            once = branch.macs * style / area + size**2 * style / area + 2 * size**4 + 2 * codec.channels * size**2
            return 2 * codec.channels * size + once * area / content

        transform = Local(
            reads=(self.read,),
            grid=codec.scale,
            channels=codec.channels,
            prepare=self._transform,
            macs=macs,
            held=lambda _content, _style: codec.channels * (size + 2),
        )
        return (
            Step(name=_COMPRESSED, parts=(center, self.transform.content.layers), counts="second"),
            Step(name="picture", parts=(transform, self.decoder)),
        )

    def _center(self, known: Known) -> Apply:
        mean, _ = known.spread(self.read)
        return lambda features: features[0] - mean

    def _transform(self, known: Known) -> Apply:
        mean, _ = known.spread(self.read)
        second = known.second(FeatureMap(_COMPRESSED, self.read.grid))
        return self.transform.prepare(mean, second, known.style(self.read))


def _usual(channels: int) -> tuple[tuple[int, int], tuple[int, int]]:
    half, quarter = -(-channels // 2), -(-channels // 4)
    return (half, quarter), (half, quarter)


def _narrowed(config: LSTConfig, outputs: Mapping[str, int]) -> LSTConfig:
    codec = config.codec.narrowed(outputs)
    content, style = (
        (outputs[f"transform.{branch}.layers.conv1"], outputs[f"transform.{branch}.layers.conv2"])
        for branch in ("content", "style")
    )
    hidden = None if (content, style) == _usual(codec.channels) else (content, style)
    return config.model_copy(update={"codec": codec, "hidden": hidden})


CARD = ModelCard(
    name="lst",
    title="Learned linear transformations at relu4_1 or relu3_1",
    paper="Li et al., Learning Linear Transformations for Fast Image and Video Style Transfer, CVPR 2019",
    family="style",
    config=LSTConfig,
    build=LST,
    example=LSTConfig(codec=CodecConfig(cut="relu4_1", widths=(4, 4, 4, 4, 8, 8, 8, 8, 8), decoder_relu=False), matrix=4),
    size_multiple=8,
    narrowed=_narrowed,
    smallest_side=16,
    fixed=(
        "*conv0",
        "*encoder.layers.conv1_1",
        "*decoder.conv1_1",
        "transform.*",
    ),
    free=(
        "encoder.layers.conv[12]_*",
        "encoder.layers.conv3_[2-4]",
        "decoder.conv*",
    ),
    streaming="exact: one pass for the mean at the cut, one for the moments of three convolutions on centered features, "
    "one to transform and render; halo 54 px for the moments, 62 px to render",
)
