from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from intaglio.models.style.attention import ResidualAttention
from intaglio.models.style.manet import ADAPTED, CARD, FEATURES, ChannelAttention, MANet, MANetConfig
from intaglio.models.style.statistics import mean_and_std, normalized
from intaglio.models.style.steps import FeatureMap
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.vocabulary.errors import SpecError
from style_networks import lively


def network() -> MANet:
    found = lively(CARD)
    assert isinstance(found, MANet)
    return found


def pictures(count: int, height: int, width: int, seed: int) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


def features(height: int, width: int, seed: int = 0) -> Tensor:
    return 3 * torch.rand(1, 8, height, width, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@dataclass
class Given:
    """`Known` of features that are handed over, `whole` apart from the rest."""

    content: dict[FeatureMap, Tensor]
    everything: Tensor
    reference: Tensor

    def spread(self, of: FeatureMap) -> tuple[Tensor, Tensor]:
        mean, deviation = mean_and_std(self.content[of])
        return mean[..., None, None], deviation[..., None, None]

    def second(self, of: FeatureMap) -> Tensor:
        raise AssertionError(of)

    def whole(self, of: FeatureMap) -> Tensor:
        assert of == FEATURES
        return self.everything

    def style(self, of: FeatureMap) -> Tensor:
        assert of == FEATURES
        return self.reference


def given(content: Tensor, style: Tensor, *, whole: Tensor | None = None) -> Given:
    return Given({FEATURES: content, ADAPTED: content}, content if whole is None else whole, style)


def attention(unit: ResidualAttention, one: Tensor, other: Tensor) -> Tensor:
    """With the matrix of all positions, as the equation is written."""
    query, key, value = unit.query(normalized(one)), unit.key(normalized(other)), unit.value(other)
    weights = F.softmax(torch.einsum("ncij,nckl->nijkl", query, key).flatten(3), -1)
    return torch.as_tensor(unit.out(torch.einsum("nijm,ncm->ncij", weights, value.flatten(2))) + one)


def channel_attention(unit: ChannelAttention, style: Tensor) -> Tensor:
    """The same, channel by channel: what a channel gets, all channels give by what they made of it."""
    query, key, value = unit.query(style), unit.key(style), unit.value(normalized(style))
    weights = F.softmax(torch.einsum("nchw,ndhw->ncd", query, key), -1)
    return torch.as_tensor(unit.out(torch.einsum("ncd,nchw->ndhw", weights, value)) + style)


def test_the_steps_are_the_equations() -> None:
    stylizing = network().double()
    content, style = pictures(2, 40, 56, 0).double(), pictures(2, 48, 32, 1).double()
    of_content, of_style = stylizing.encoder(content), stylizing.encoder(style)
    adapted = attention(stylizing.content, of_content, of_content)
    expected = stylizing.decoder(attention(stylizing.joint, adapted, channel_attention(stylizing.style, of_style)))
    torch.testing.assert_close(stylizing(content, style), expected)
    assert (adapted - of_content).abs().mean() > 0.01 * of_content.abs().mean()


def test_the_content_alone_decides_what_it_adapts_to() -> None:
    adapting, attending = (local for step in network().steps() for local in step.locals())
    assert (adapting.styled, attending.styled) == (False, True)
    content = features(4, 6).float()
    one, other = (adapting.prepare(given(content, features(3, 3, seed).float()))([content]) for seed in (1, 2))
    assert torch.equal(one, other)


def test_pooled_keys_give_the_same_where_what_is_pooled_is_equal() -> None:
    adapting = next(network().double().steps()[0].locals())
    small = features(4, 6)
    content = small.repeat_interleave(2, 2).repeat_interleave(2, 3)
    exact = adapting.prepare(given(content, small))([content])
    pooled = adapting.prepare(given(content, small, whole=F.avg_pool2d(content, 2)))([content])
    torch.testing.assert_close(pooled, exact)


def test_a_map_adapts_position_by_position_once_all_are_known() -> None:
    adapting = next(network().steps()[0].locals())
    content = features(6, 5).float()
    apply = adapting.prepare(given(content, content))
    torch.testing.assert_close(torch.cat([apply([strip]) for strip in content.split(2, 2)], 2), apply([content]))


def test_costs_are_those_of_the_products_that_are_made() -> None:
    stylizing = network()
    (adapting,), (attending,) = (list(step.locals()) for step in stylizing.steps())
    content, style = features(6, 10).float(), features(4, 5).float()
    known, cells, sizes = given(content, style), 60, (60 * 64, 20 * 64)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counted:
        adapting.prepare(known)([content])
    assert counted.get_total_flops() / 2 == adapting.macs(*sizes) * cells
    apply = attending.prepare(known)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counted:
        apply([content])
    assert counted.get_total_flops() / 2 == attending.macs(*sizes) * cells
    assert adapting.held(*sizes) == 2 * 8 * 60
    assert attending.held(*sizes) == 2 * 8 * 20


def test_twice_the_pixels_are_four_times_the_attention() -> None:
    adapting = next(network().steps()[0].locals())
    once, twice = (pixels * adapting.macs(pixels, 1) for pixels in (10_000_000, 20_000_000))
    assert twice / once == pytest.approx(4, rel=1e-3)


@pytest.mark.parametrize("role", ["content", "style"])
def test_a_picture_of_one_color_gives_a_finite_picture_and_gradients(role: str) -> None:
    stylizing = network().requires_grad_(True)
    given = {"content": pictures(1, 32, 32, 0), "style": pictures(1, 32, 32, 1)}
    given[role] = torch.full((1, 3, 32, 32), 0.5)
    made = stylizing(given["content"], given["style"])
    made.square().sum().backward()
    assert made.isfinite().all()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in stylizing.parameters())


def test_a_strip_as_low_as_the_card_allows_is_stylized_by_a_style_as_small() -> None:
    least = CARD.smallest_side
    made = network()(pictures(1, least, 200, 0), pictures(1, least, least, 1))
    assert made.shape == (1, 3, least, 200)
    assert made.isfinite().all()


def test_each_picture_of_a_batch_has_its_own_content_and_style() -> None:
    stylizing, content, style = network().double(), pictures(2, 32, 48, 0).double(), pictures(2, 40, 32, 1).double()
    alone = [stylizing(content[index : index + 1], style[index : index + 1]) for index in range(2)]
    torch.testing.assert_close(stylizing(content, style), torch.cat(alone))


def test_strength_blends_pictures() -> None:
    stylizing, content, style = network(), pictures(1, 32, 32, 0), pictures(1, 32, 32, 1)
    torch.testing.assert_close(stylizing(content, style, 0.25), 0.75 * content + 0.25 * stylizing(content, style))


def test_products_of_channels_are_not_rounded_by_autocast() -> None:
    unit, style = network().style, features(6, 7).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        found = unit(style)
    torch.testing.assert_close(found, unit(style.float()), rtol=0, atol=0)


def test_the_encoder_must_end_at_relu4_1() -> None:
    deeper = CodecConfig(cut="relu5_1", widths=(4,) * 13)
    with pytest.raises(SpecError, match="must end at relu4_1, not relu5_1"):
        MANetConfig.parse({"encoder": deeper.model_dump()}, where="config.json")


def test_an_encoder_of_any_widths_and_heads_will_do() -> None:
    config = CodecConfig(cut="relu4_1", widths=(1, 2, 3, 4, 5, 6, 7, 8, 9), embedded=(("relu1_1", 4),), decoder_relu=False)
    stylizing = MANet(MANetConfig(encoder=config)).eval()
    content = pictures(1, 24, 40, 0)
    assert stylizing(content, pictures(1, 17, 19, 1)).shape == content.shape
    assert [one.channels for step in stylizing.steps() for one in step.locals()] == [9, 9]
    assert stylizing.reads() == (FEATURES,)
