import pytest
import torch

from intaglio.models.style.mccnet import CARD, DEEP, ChannelCorrelation, MCCNet, MCCNetConfig
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.vocabulary.errors import SpecError, WeightsError
from style_networks import lively


def network() -> MCCNet:
    found = lively(CARD)
    assert isinstance(found, MCCNet)
    return found


def pictures(count: int, height: int, width: int, seed: int) -> torch.Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


def correlation(dtype: torch.dtype = torch.float32) -> ChannelCorrelation:
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        unit = ChannelCorrelation(6).to(dtype)
    assert unit.key.bias is not None
    with torch.no_grad():
        unit.key.bias.copy_(torch.tensor([0.5, -0.5, 1.0, -2.0, 0.1, 3.0]))
    return unit.requires_grad_(False)


def features(count: int = 2, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    scale = 3 * torch.rand(6, 1, 1, generator=generator) + 1
    return (scale * torch.randn(count, 6, 7, 9, generator=generator) + 4 * scale).to(dtype)


def test_the_number_of_a_channel_is_the_ratio_of_the_sums_of_the_reference() -> None:
    unit, style = correlation(torch.float64), features(dtype=torch.float64)
    normalized = (style - style.mean((2, 3), keepdim=True)) / (style.var((2, 3), keepdim=True) + 1e-5).sqrt()
    keys = unit.key(normalized)
    expected = unit.fused(keys.square().sum((2, 3)) / keys.sum((2, 3)))
    torch.testing.assert_close(unit.weights(style)[..., 0, 0], expected)


def test_its_gradients_are_those_of_the_ratio_too() -> None:
    unit, style = correlation(torch.float64).requires_grad_(True), features(dtype=torch.float64)
    parameters = list(unit.key.parameters())
    ours = torch.autograd.grad(unit.weights(style).square().sum(), parameters)
    keys = unit.key((style - style.mean((2, 3), keepdim=True)) / (style.var((2, 3), keepdim=True) + 1e-5).sqrt())
    ratio = keys.square().sum((2, 3)) / keys.sum((2, 3))
    theirs = torch.autograd.grad(unit.fused(ratio).square().sum(), parameters)
    torch.testing.assert_close(ours, theirs)


def test_a_channel_with_a_tiny_bias_keeps_its_digits() -> None:
    unit, style = correlation(), features()
    assert unit.key.bias is not None
    with torch.no_grad():
        unit.key.bias[4] = 1e-4
    exact = correlation(torch.float64)
    exact.load_state_dict({name: tensor.double() for name, tensor in unit.state_dict().items()})
    torch.testing.assert_close(unit.weights(style).double(), exact.weights(style.double()), rtol=1e-5, atol=0.0)


def test_a_style_of_one_color_counts_with_the_bias_alone() -> None:
    unit, flat = correlation(), torch.full((1, 6, 4, 5), 7.0)
    assert unit.key.bias is not None
    torch.testing.assert_close(unit.weights(flat)[..., 0, 0], unit.fused(unit.key.bias)[None])


def test_pictures_of_one_color_give_finite_pictures_and_gradients() -> None:
    stylizing = network().requires_grad_(True)
    gray = torch.full((1, 3, 32, 32), 0.5)
    made = stylizing(gray, gray)
    made.square().sum().backward()
    assert made.isfinite().all()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in stylizing.parameters())


def test_weights_of_the_style_are_not_rounded_by_autocast() -> None:
    unit, style = correlation(), features()
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(unit.weights(style.bfloat16()), unit.weights(style.bfloat16().float()), rtol=0, atol=0)


def test_each_picture_of_a_batch_has_its_own_style() -> None:
    stylizing, content, style = network().double(), pictures(2, 32, 48, 0).double(), pictures(2, 40, 32, 1).double()
    alone = [stylizing(content[index : index + 1], style[index : index + 1]) for index in range(2)]
    torch.testing.assert_close(stylizing(content, style), torch.cat(alone))
    swapped = stylizing(content, style.flip(0))
    assert (swapped - torch.cat(alone)).abs().max() > 0.01


def test_strength_blends_pictures() -> None:
    stylizing, content, style = network(), pictures(1, 32, 32, 0), pictures(1, 32, 32, 1)
    full = stylizing(content, style)
    torch.testing.assert_close(stylizing(content, style, 0.25), 0.75 * content + 0.25 * full)


def test_a_zero_in_the_bias_that_is_divided_by_is_refused_by_number_of_channels() -> None:
    stylizing = network()
    assert stylizing.correlation.key.bias is not None
    with torch.no_grad():
        stylizing.correlation.key.bias[[1, 4, 5]] = 0.0
    with pytest.raises(WeightsError, match=r"correlation\.key\.bias is zero in 3 of 8 channels.* divides by it"):
        stylizing(pictures(1, 32, 32, 0), pictures(1, 32, 32, 1))


def test_a_fresh_network_divides_by_nothing_small() -> None:
    fresh = CARD.build(CARD.example)
    assert isinstance(fresh, MCCNet)
    assert fresh.correlation.key.bias is not None
    assert fresh.correlation.key.bias.detach().min() == 1.0


def test_the_encoder_must_end_at_relu4_1() -> None:
    deeper = CodecConfig(cut="relu5_1", widths=(4,) * 13)
    with pytest.raises(SpecError, match="must end at relu4_1, not relu5_1"):
        MCCNetConfig.parse({"encoder": deeper.model_dump()}, where="config.json")


def test_an_encoder_of_any_widths_and_heads_will_do() -> None:
    config = CodecConfig(cut="relu4_1", widths=(1, 2, 3, 4, 5, 6, 7, 8, 9), embedded=(("relu1_1", 4),), decoder_relu=False)
    stylizing = MCCNet(MCCNetConfig(encoder=config)).eval()
    content = pictures(1, 24, 40, 0)
    assert stylizing(content, pictures(1, 17, 19, 1)).shape == content.shape
    assert [one.channels for step in stylizing.steps() for one in step.locals()] == [9]
    assert stylizing.reads() == (DEEP,)
