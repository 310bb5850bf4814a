import pytest
import torch

from intaglio.models.style.vgg_codec import (
    CONVOLUTIONS,
    VGG19_WIDTHS,
    CodecConfig,
    Cut,
    Decoder,
    Encoder,
    color_convolution_,
    depth_of,
)
from intaglio.vocabulary.errors import SpecError

NARROW = (3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7)
DEPTHS: dict[Cut, int] = {"relu1_1": 1, "relu2_1": 3, "relu3_1": 5, "relu4_1": 9, "relu5_1": 13}
every_cut = pytest.mark.parametrize("cut", DEPTHS)


def narrow(cut: Cut, **fields: object) -> CodecConfig:
    return CodecConfig.parse({"cut": cut, "widths": NARROW[: depth_of(cut)], **fields}, where="test")


def parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@every_cut
def test_a_cut_has_the_layers_of_vgg_19_up_to_it(cut: Cut) -> None:
    layers = dict(Encoder(narrow(cut)).layers.named_children())
    assert [name for name in layers if name.startswith("conv")] == ["conv0", *CONVOLUTIONS[: DEPTHS[cut]]]
    assert list(layers)[-1] == cut
    assert [name for name in layers if name.startswith("pool")] == [f"pool{index}" for index in range(1, int(cut[4]))]


@every_cut
def test_the_decoder_mirrors_the_encoder(cut: Cut) -> None:
    config = narrow(cut)
    encoder = {name: layer for name, layer in Encoder(config).layers.named_children() if name in CONVOLUTIONS}
    decoder = {name: layer for name, layer in Decoder(config).named_children() if name in CONVOLUTIONS}
    assert list(decoder) == list(encoder)[::-1]
    for name, layer in decoder.items():
        other = encoder[name]
        assert isinstance(layer, torch.nn.Conv2d)
        assert isinstance(other, torch.nn.Conv2d)
        assert (layer.in_channels, layer.out_channels) == (other.out_channels, other.in_channels)


@pytest.mark.parametrize(
    ("cut", "encoder", "decoder"),
    [("relu4_1", 3_505_740, 3_505_219), ("relu5_1", 12_944_972, 12_944_451)],
)
def test_at_full_width_the_numbers_of_parameters_are_those_of_vgg_19(cut: Cut, encoder: int, decoder: int) -> None:
    config = CodecConfig(cut=cut, widths=VGG19_WIDTHS[: depth_of(cut)])
    with torch.device("meta"):
        assert parameters(Encoder(config)) == encoder
        assert parameters(Decoder(config)) == decoder


@every_cut
def test_features_are_smaller_by_the_scale_and_decode_to_the_size_they_came_from(cut: Cut) -> None:
    config = narrow(cut)
    with torch.no_grad():
        features = Encoder(config)(torch.rand(2, 3, 32, 48))
        assert features.shape == (2, config.channels, 32 // config.scale, 48 // config.scale)
        assert Decoder(config)(features).shape == (2, 3, 32, 48)


@pytest.mark.parametrize(("pooling", "sides"), [("floor", (4, 5)), ("ceil", (5, 6))])
def test_pooling_drops_or_keeps_an_odd_last_row(pooling: str, sides: tuple[int, int]) -> None:
    with torch.no_grad():
        features = Encoder(narrow("relu4_1", pooling=pooling))(torch.rand(1, 3, 39, 47))
    assert tuple(features.shape[2:]) == sides


def test_the_last_layer_of_a_decoder_is_rectified_or_linear_as_asked() -> None:
    assert list(dict(Decoder(narrow("relu2_1")).named_children()))[-1] == "relu1_1"
    assert list(dict(Decoder(narrow("relu2_1", decoder_relu=False)).named_children()))[-1] == "conv1_1"


def test_an_encoder_gives_features_on_the_way() -> None:
    encoder = Encoder(narrow("relu3_1")).eval()
    x = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        taps = encoder.taps(x, ("relu1_1", "relu3_1"))
        assert torch.equal(taps["relu3_1"], encoder(x))
    assert taps["relu1_1"].shape == (1, NARROW[0], 32, 32)


def test_the_color_convolution_turns_rgb_into_caffes_bgr() -> None:
    layer = torch.nn.Conv2d(3, 3, 1)
    color_convolution_(layer)
    red = torch.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
    with torch.no_grad():
        torch.testing.assert_close(layer(red).flatten(), torch.tensor([-103.939, -116.779, 255 - 123.68]))


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"cut": "relu3_1", "widths": [4, 4]}, "relu3_1 has 5 convolutions, but 2 widths are given"),
        ({"cut": "relu1_1", "widths": [0]}, "widths must be at least 1, got 0"),
        ({"cut": "relu1_2", "widths": [4]}, "relu1_1"),
        ({"cut": "relu1_1", "widths": [4], "pooling": "mean"}, "pooling"),
        ({"cut": "relu1_1", "widths": [4], "depth": 3}, "depth"),
        ({"widths": [4]}, "cut"),
    ],
)
def test_a_configuration_that_makes_no_network_is_refused(fields: dict[str, object], complaint: str) -> None:
    with pytest.raises(SpecError, match=complaint):
        CodecConfig.parse(fields, where="test")
