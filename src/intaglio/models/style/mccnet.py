"""MCCNet: multi-channel correlation at relu4_1.

Deng et al., Arbitrary Video Style Transfer via Multi-Channel Correlation, AAAI 2021: with `F = W_f norm(c) + b_f` and
`G = W_g norm(s) + b_g`, each channel of the style is summed up in one number, `q = sum G^2 / sum G` over its positions, and
`O = W_o (F * w) + c` with `w = W_w q + b_w`. No position of the content meets one of the style: beside AdaIN's, the cost is
that of two 1x1 convolutions.

Departures:
- The mean of `norm(s)` is zero, so `sum G` is `b_g` times the number of positions, and `q = mean(G^2) / b_g`. This is what is
  computed here: equal in real numbers, and without a sum of large terms that cancel. Weights with a zero in `b_g` are refused.
- `b_g` starts at 1, where the code starts it at random around 0 and `q` anywhere.
- The code has a convolution `h` that nothing uses; here it is left out.
- A strength between 0 and 1 blends pictures; the code blends features with those of the content stylized with itself.
"""

from collections.abc import Mapping, Sequence

import torch
from pydantic import model_validator
from torch import Tensor, nn

from intaglio.models.card import ModelCard
from intaglio.models.style.attention import pointwise
from intaglio.models.style.statistics import normalized, wide
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.steps import Apply, FeatureMap, Known, Local, Step
from intaglio.models.style.vgg_codec import VGG19_WIDTHS, Channels, CodecConfig, Decoder, Encoder
from intaglio.vocabulary.errors import WeightsError
from intaglio.vocabulary.spec import Spec

DEEP = FeatureMap("relu4_1", 8)


class MCCNetConfig(Spec):
    """An encoder to relu4_1, and the decoder that mirrors it."""

    encoder: CodecConfig = CodecConfig(cut="relu4_1", widths=VGG19_WIDTHS[:9], pooling="ceil", decoder_relu=False)
    """The default is the paper's, on the normalized VGG-19; with the widths of the decoder."""
    correlated: tuple[Channels, Channels] | None = None
    """Outputs of the key, whose sums are fused, and of the query, which the result is made of; as many as the features have
    channels if None, as in the paper."""

    @model_validator(mode="after")
    def _ends_at_relu4_1(self) -> "MCCNetConfig":
        if self.encoder.cut != "relu4_1":
            raise ValueError(f"the encoder must end at relu4_1, not {self.encoder.cut}")
        return self


class ChannelCorrelation(nn.Module):
    """`O = out(query(norm c) * w) + c`, a number `w` for each channel from the style.

    Args:
        channels: of content, style and result.
        summed: outputs of the key; as many if None.
        weighted: outputs of the query; as many if None.

    """

    def __init__(self, channels: int, summed: int | None = None, weighted: int | None = None) -> None:
        super().__init__()
        self.query, self.key = pointwise(channels, weighted), pointwise(channels, summed)
        self.out = pointwise(self.query.out_channels, channels)
        self.fused = nn.Linear(self.key.out_channels, self.query.out_channels)
        assert self.key.bias is not None
        nn.init.ones_(self.key.bias)

    def weights(self, style: Tensor) -> Tensor:
        """`w = fused(mean(key(norm s)^2) / b)`, `b` the bias of `key`.

        Args:
            style: features (N, C, h, w), at least two positions; of one color, too.

        Returns:
            (N, C, 1, 1), float32 or wider, whatever autocast says.

        Raises:
            WeightsError: a zero in that bias.

        """
        bias = self.key.bias
        assert bias is not None
        # A graph is traced without values.
        if not torch.compiler.is_exporting():
            refuse_zeros(bias, "correlation.key.bias")
        with torch.autocast(style.device.type, enabled=False):
            squares = self.key(normalized(wide(style))).square().mean((2, 3))
            found: Tensor = self.fused(squares / bias)
        return found[..., None, None]


class MCCNet(SteppedNetwork):
    """The network; see the module."""

    def __init__(self, config: MCCNetConfig) -> None:
        super().__init__(Encoder(config.encoder))
        self.correlation = ChannelCorrelation(config.encoder.channels, *(config.correlated or ()))
        self.decoder = Decoder(config.encoder)

    def steps(self) -> tuple[Step, ...]:
        """The correlation, then the decoder."""
        channels, inner = self.encoder.config.channels, self.correlation.query.out_channels
        correlation = Local(
            reads=(DEEP,),
            grid=DEEP.grid,
            channels=channels,
            prepare=self._prepare,
            macs=lambda _content, _style: 2 * channels * inner,
            # Mean and deviation of each channel, and w.
            held=lambda _content, _style: 2 * channels + inner,
        )
        return (Step(name="picture", parts=(correlation, self.decoder)),)

    def _prepare(self, known: Known) -> Apply:
        unit = self.correlation
        mean, deviation = known.spread(DEEP)
        weights = unit.weights(known.style(DEEP))

        def apply(features: Sequence[Tensor]) -> Tensor:
            (content,) = features
            transferred: Tensor = unit.out(unit.query((content - mean) / deviation) * weights) + content
            return transferred

        return apply


def refuse_zeros(bias: Tensor, where: str) -> None:
    """Raise WeightsError if the bias that the correlation divides by, called `where` in the message, has a zero."""
    zeros = int((bias == 0).sum())
    if zeros:
        raise WeightsError(
            f"{where} is zero in {zeros} of {len(bias)} channels, and MCCNet divides by it; take weights from before it was "
            "pruned or set to zero"
        )


def _narrowed(config: MCCNetConfig, outputs: Mapping[str, int]) -> MCCNetConfig:
    encoder = config.encoder.narrowed(outputs)
    correlated = outputs["correlation.key"], outputs["correlation.query"]
    usual = (encoder.channels,) * 2
    return config.model_copy(update={"encoder": encoder, "correlated": None if correlated == usual else correlated})


CARD = ModelCard(
    name="mccnet",
    title="Multi-channel correlation at relu4_1",
    paper="Deng et al., Arbitrary Video Style Transfer via Multi-Channel Correlation, AAAI 2021",
    family="style",
    config=MCCNetConfig,
    build=MCCNet,
    example=MCCNetConfig(
        encoder=CodecConfig(cut="relu4_1", widths=(4, 4, 4, 4, 8, 8, 8, 8, 8), pooling="ceil", decoder_relu=False)
    ),
    size_multiple=8,
    narrowed=_narrowed,
    smallest_side=16,
    fixed=(
        "*conv0",
        "*encoder.layers.conv1_1",
        "*decoder.conv1_1",
        "correlation.*",
    ),
    free=(
        "encoder.layers.conv[1-3]_*",
        "decoder.conv*",
    ),
    streaming="exact: one pass for mean and deviation of relu4_1, one to render; halo 62 px",
)
