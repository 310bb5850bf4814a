"""VGG-19 encoders up to relu{1..5}_1 and the decoders that mirror them, of any channel widths, as data.

The full normalized VGG-19, the 16x compressed copies of Collaborative Distillation and everything between are this code with
other widths. All 3x3 convolutions have stride 1 and reflection padding; pools are 2x2, stride 2; decoders enlarge by
nearest neighbor (Simonyan & Zisserman 2015; Huang & Belongie 2017; Wang et al. 2020, section 3).

The path of each is an `nn.Sequential`, so that the runtime can take it apart; layers carry the names of VGG-19.

Departures: none. The 1x1 color convolution in front is part of the network, as in the published files.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Annotated, Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from intaglio.models.card import ModelCard
from intaglio.vocabulary.spec import Spec

Cut = Literal["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
Channels = Annotated[int, Field(ge=1)]
"""How many channels a layer gives."""

CONVOLUTIONS = (
    *("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv3_4"),
    *("conv4_1", "conv4_2", "conv4_3", "conv4_4", "conv5_1", "conv5_2", "conv5_3", "conv5_4"),
)
"""All 3x3 convolutions of VGG-19, in order; a codec has those up to its cut."""
VGG19_WIDTHS = (64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512, 512, 512, 512, 512)
"""Output channels of `CONVOLUTIONS` in the original."""
_POOLED = {"conv1_2": "pool1", "conv2_2": "pool2", "conv3_4": "pool3", "conv4_4": "pool4"}


def depth_of(cut: Cut) -> int:
    """How many 3x3 convolutions there are up to `cut`: 1, 3, 5, 9 or 13."""
    return CONVOLUTIONS.index(cut.replace("relu", "conv")) + 1


class CodecConfig(Spec):
    """An encoder up to a cut, and with it the decoder that mirrors it."""

    cut: Cut
    """Layer whose features are stylized."""
    widths: tuple[int, ...]
    """Output channels of each 3x3 convolution up to the cut: 1, 3, 5, 9 or 13 numbers."""
    pooling: Literal["floor", "ceil"] = "floor"
    """What a pool does with an odd last row or column: drop it, or keep it."""
    decoder_relu: bool = True
    """Whether the decoder's last convolution has a ReLU too (Wang et al.), or is linear (AdaIN)."""
    decoder_widths: tuple[int, ...] | None = None
    """Output channels of the decoder's convolutions but the last, in the order in which they run: 0, 2, 4, 8 or 12 numbers;
    those of the encoder, mirrored, if None."""
    embedded: tuple[tuple[str, int], ...] = ()
    """Linear-embedding heads of the encoder, used in training: pairs of layer ("relu1_1") and channels lifted to."""

    @model_validator(mode="after")
    def _widths_fit_the_cut(self) -> "CodecConfig":
        if len(self.widths) != depth_of(self.cut):
            raise ValueError(f"{self.cut} has {depth_of(self.cut)} convolutions, but {len(self.widths)} widths are given")
        if min(self.widths) < 1:
            raise ValueError(f"widths must be at least 1, got {min(self.widths)}")
        decoder = self.decoder_widths
        if decoder is not None and (len(decoder) != len(self.widths) - 1 or min(decoder, default=1) < 1):
            raise ValueError(f"a decoder of {self.cut} has {len(self.widths) - 1} widths of at least 1, got {decoder}")
        return self

    def narrowed(
        self, outputs: Mapping[str, int], encoder: str = "encoder.", decoder: str | None = "decoder."
    ) -> "CodecConfig":
        """The codec whose layers have so many outputs, without heads.

        Args:
            outputs: by the names of the layers.
            encoder: prefix of those of the encoder.
            decoder: prefix of those of the decoder; None if there is none.

        """
        names = CONVOLUTIONS[: len(self.widths)]
        widths = tuple(outputs[f"{encoder}layers.{name}"] for name in names)
        decoding = None if decoder is None else tuple(outputs[f"{decoder}{name}"] for name in reversed(names[1:]))
        if decoding == tuple(reversed(widths[:-1])):
            decoding = None
        return self.model_copy(update={"widths": widths, "decoder_widths": decoding, "embedded": ()})

    @property
    def channels(self) -> int:
        """Channels of the features at the cut."""
        return self.widths[-1]

    @property
    def decoding(self) -> tuple[int, ...]:
        """Output channels of the decoder's convolutions but the last."""
        return tuple(reversed(self.widths[:-1])) if self.decoder_widths is None else self.decoder_widths

    def width_of(self, layer: str) -> int:
        """Output channels of a layer by its name, "conv2_1" or "relu2_1"."""
        return self.widths[CONVOLUTIONS.index(layer.replace("relu", "conv"))]

    @property
    def scale(self) -> int:
        """Pixels per feature cell and axis: 1, 2, 4, 8 or 16."""
        return int(2 ** (int(self.cut[4]) - 1))


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect")


class Encoder(nn.Module):
    """RGB (N, 3, H, W) in [0, 1] -> features (N, C, h, w) after the ReLU of the cut; h = H / scale, rounded as it pools.

    `layers` is the path; `embeddings` holds the linear-embedding heads by layer, which only training and losses use
    (Wang et al. 2020, section 3.2).
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        layers: OrderedDict[str, nn.Module] = OrderedDict(conv0=nn.Conv2d(3, 3, 1))
        inputs = 3
        for name, outputs in zip(CONVOLUTIONS, config.widths, strict=False):
            layers[name] = _convolution(inputs, outputs)
            layers[name.replace("conv", "relu")] = nn.ReLU()
            if name in _POOLED and name != CONVOLUTIONS[len(config.widths) - 1]:
                layers[_POOLED[name]] = nn.MaxPool2d(2, ceil_mode=config.pooling == "ceil")
            inputs = outputs
        self.layers = nn.Sequential(layers)
        self.embeddings = nn.ModuleDict(
            {layer: nn.Conv2d(config.width_of(layer), channels, 1) for layer, channels in config.embedded}
        )

    def forward(self, image: Tensor) -> Tensor:
        """The features of the cut."""
        features: Tensor = self.layers(image)
        return features

    def taps(self, image: Tensor, names: tuple[str, ...]) -> dict[str, Tensor]:
        """Features after each of the layers `names` ("relu1_1", ...), in one pass that ends at the last of them."""
        found: dict[str, Tensor] = {}
        for name, layer in self.layers.named_children():
            image = layer(image)
            if name in names:
                found[name] = image
            if len(found) == len(names):
                break
        return found

    def learn_(self, learns: bool) -> None:
        """Let it learn, or not; never its color convolution, which is a change of units, nor its heads."""
        self.requires_grad_(False)
        self.layers[1:].requires_grad_(learns)


class Decoder(nn.Sequential):
    """Features (N, C, h, w) of the cut -> RGB (N, 3, s h, s w), not clamped; the encoder's layers in reverse.

    Args:
        config: of the codec.
        inputs: channels that it takes; those of the cut if None.

    """

    def __init__(self, config: CodecConfig, inputs: int | None = None) -> None:
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        names = CONVOLUTIONS[: len(config.widths)]
        inputs = config.channels if inputs is None else inputs
        for index, outputs in zip(range(len(names) - 1, -1, -1), (*config.decoding, 3), strict=True):
            name = names[index]
            if name in _POOLED and index < len(names) - 1:
                layers[_POOLED[name].replace("pool", "up")] = nn.Upsample(scale_factor=2, mode="nearest")
            layers[name] = _convolution(inputs, outputs)
            inputs = outputs
            if index or config.decoder_relu:
                layers[name.replace("conv", "relu")] = nn.ReLU()
        super().__init__(layers)
        self.config = config


def color_convolution_(layer: nn.Conv2d) -> None:
    """Set the 1x1 color convolution to RGB in [0, 1] -> BGR in 0..255 minus the Caffe mean."""
    weight = torch.zeros(3, 3, 1, 1)
    for output, channel in enumerate((2, 1, 0)):
        weight[output, channel] = 255.0
    with torch.no_grad():
        layer.weight.copy_(weight)
        assert layer.bias is not None
        layer.bias.copy_(torch.tensor([-103.939, -116.779, -123.68]))


CARD = ModelCard(
    name="vgg-encoder",
    title="VGG-19 encoder up to relu1_1 .. relu5_1, any widths",
    paper="Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015",
    family="encoder",
    config=CodecConfig,
    build=Encoder,
    example=CodecConfig(cut="relu2_1", widths=(4, 4, 8), embedded=(("relu1_1", 6),)),
    size_multiple=16,
    smallest_side=32,
    parts={"encoder": "layers.*", "heads": "*"},
    narrowed=lambda config, outputs: config.narrowed(outputs, "", None),
    streaming="exact: convolutions with a halo, no statistics",
)
