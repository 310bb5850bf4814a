from collections.abc import Sequence

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from intaglio.models.style.lst import CARD, LST, LinearTransform, LSTConfig, MatrixBranch
from intaglio.models.style.steps import Apply, FeatureMap, Known, Local
from intaglio.models.style.vgg_codec import CodecConfig, Cut, depth_of
from intaglio.vocabulary.errors import SpecError
from lively import enliven_

WIDTHS = (3, 4, 4, 5, 6, 6, 6, 6, 7)
both = pytest.mark.parametrize("cut", ["relu4_1", "relu3_1"])


def config(cut: Cut = "relu4_1", *, matrix: int = 4) -> LSTConfig:
    return LSTConfig(codec=CodecConfig(cut=cut, widths=WIDTHS[: depth_of(cut)], decoder_relu=False), matrix=matrix)


def lively(cut: Cut = "relu4_1", *, matrix: int = 4) -> LST:
    torch.manual_seed(0)
    network = LST(config(cut, matrix=matrix))
    enliven_(network)
    return network.eval()


def pictures(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def by_hand(network: LST, content: Tensor, style: Tensor) -> Tensor:
    """The equations, for one picture."""

    def centered(picture: Tensor) -> tuple[Tensor, Tensor]:
        features = network.encoder(picture)[0]
        mean = features.mean((1, 2), keepdim=True)
        return features - mean, mean

    def matrix(branch: MatrixBranch, features: Tensor) -> Tensor:
        for name in ("conv1", "conv2", "conv3"):
            layer = branch.layers.get_submodule(name)
            features = F.conv2d(features, layer.weight, layer.bias, padding=1)
            features = features if name == "conv3" else features.relu()
        rows = features.flatten(1)
        second = torch.stack([(one * other).mean() for one in rows for other in rows])
        return (branch.linear.weight @ second + branch.linear.bias).reshape(len(rows), len(rows))

    transform = network.transform
    (ours, _), (theirs, mean) = centered(content), centered(style)
    both_matrices = matrix(transform.style, theirs) @ matrix(transform.content, ours)
    few = transform.compress(ours[None])[0]
    mixed = (both_matrices @ few.flatten(1)).reshape(few.shape)
    made: Tensor = network.decoder((transform.expand(mixed[None])[0] + mean)[None])
    return made


@both
@pytest.mark.parametrize(("content", "style"), [((48, 64), (40, 56)), ((45, 61), (43, 17))], ids=["fitting", "odd"])
def test_it_is_the_equations_of_the_paper(cut: Cut, content: tuple[int, int], style: tuple[int, int]) -> None:
    network, given = lively(cut), (pictures(1, 3, *content), pictures(1, 3, *style, seed=1))
    with torch.no_grad():
        torch.testing.assert_close(network(*given), by_hand(network, *given), rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_fresh_weights_move_the_contents_features_to_the_styles_mean() -> None:
    transform = LinearTransform(channels=5, size=5)
    for branch in (transform.content, transform.style):
        branch.linear.weight.zero_()
    content, style = pictures(1, 5, 8, 6), pictures(1, 5, 7, 7, seed=1)
    ours, theirs = (one.mean((2, 3), keepdim=True) for one in (content, style))
    made = transform.prepare(ours, pictures(1, 5, 5), style)([content])
    torch.testing.assert_close(made, content - ours + theirs)


@both
def test_pools_drop_an_odd_last_row_and_column(cut: Cut) -> None:
    network = lively(cut)
    grid = network.config.codec.scale
    made = network(pictures(1, 3, 45, 61), pictures(1, 3, 43, 17))
    assert made.shape == (1, 3, 45 // grid * grid, 61 // grid * grid)


@both
def test_each_picture_of_a_batch_has_its_own_style(cut: Cut) -> None:
    network, content, style = lively(cut), pictures(2, 3, 48, 32), pictures(2, 3, 32, 40, seed=1)
    with torch.no_grad():
        single = torch.cat([network(content[index, None], style[index, None]) for index in (0, 1)])
        together = network(content, style)
    torch.testing.assert_close(together, single, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(network(content, style.flip(0)), together, atol=1e-2)


@both
def test_a_style_of_one_color_and_a_content_of_one_color_stay_finite(cut: Cut) -> None:
    network, gray, any_picture = lively(cut), torch.full((1, 3, 32, 32), 0.5), pictures(1, 3, 32, 32)
    for content, style in ((any_picture, gray), (gray, any_picture), (gray, gray)):
        network.zero_grad()
        made = network(content, style)
        made.square().mean().backward()
        assert bool(made.isfinite().all())
        assert all(bool(weight.grad.isfinite().all()) for weight in network.parameters() if weight.grad is not None)


def test_all_of_the_transformation_gets_gradients() -> None:
    network = lively()
    network(pictures(2, 3, 32, 32), pictures(2, 3, 32, 32, seed=1)).square().mean().backward()
    for name, weight in network.transform.named_parameters():
        assert weight.grad is not None, name
        assert float(weight.grad.abs().max()) > 0, name


@pytest.mark.parametrize("widths", [(1, 1, 1, 1, 1), (2, 3, 5, 7, 11)])
@pytest.mark.parametrize("matrix", [1, 32])
def test_any_widths_will_do(widths: tuple[int, ...], matrix: int) -> None:
    network = LST(LSTConfig(codec=CodecConfig(cut="relu3_1", widths=widths, embedded=(("relu1_1", 6),)), matrix=matrix))
    assert bool(network(pictures(1, 3, 16, 16), pictures(1, 3, 24, 16)).isfinite().all())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"codec": {"cut": "relu5_1", "widths": [2] * 13}}, "relu4_1 or relu3_1, not at relu5_1"),
        ({"codec": {"cut": "relu2_1", "widths": [2] * 3}}, "relu4_1 or relu3_1, not at relu2_1"),
        ({"codec": {"cut": "relu3_1", "widths": [2] * 4}}, "5 convolutions, but 4 widths"),
        ({"matrix": 0}, "greater than or equal to 1"),
    ],
)
def test_another_layer_wrong_widths_and_empty_matrices_are_refused(content: dict[str, object], reason: str) -> None:
    with pytest.raises(SpecError, match=reason):
        LSTConfig.parse(content, where="config.json")


def test_without_strength_the_content_comes_back_and_half_of_it_is_half_way() -> None:
    network, content, style = lively(), pictures(1, 3, 48, 32), pictures(1, 3, 32, 40, seed=1)
    with torch.no_grad():
        torch.testing.assert_close(network(content, style, 0.0), content)
        torch.testing.assert_close(network(content, style, 0.5), (content + network(content, style)) / 2)


class Fixed:
    """`Known` that was counted beforehand."""

    def __init__(self, mean: Tensor, moments: Tensor, reference: Tensor) -> None:
        self.mean, self.moments, self.reference = mean, moments, reference

    def spread(self, of: FeatureMap) -> tuple[Tensor, Tensor]:
        return self.mean, torch.full_like(self.mean, torch.nan)

    def second(self, of: FeatureMap) -> Tensor:
        return self.moments

    def whole(self, of: FeatureMap) -> Tensor:
        raise AssertionError("the content is never needed as a whole")

    def style(self, of: FeatureMap) -> Tensor:
        return self.reference


def parts(network: LST, known: Known) -> list[tuple[Local, Apply]]:
    """All local functions, prepared."""
    return [(local, local.prepare(known)) for step in network.steps() for local in step.locals()]


def known_to(network: LST, content: int, style: int) -> tuple[Fixed, Tensor]:
    """What may be known, and features of a content of so many pixels, a square as the style."""
    channels, grid, size = network.config.codec.channels, network.config.codec.scale, network.config.matrix
    sides = [round(pixels**0.5) // grid for pixels in (content, style)]
    moments = torch.eye(size)[None]
    known = Fixed(pictures(1, channels, 1, 1), moments, pictures(1, channels, sides[1], sides[1], seed=1))
    return known, pictures(1, channels, sides[0], sides[0], seed=2)


@torch.no_grad()
def test_what_is_done_to_a_position_depends_on_no_other() -> None:
    known, features = known_to(lively(), 96**2, 64**2)

    def halves(apply: Apply, given: Sequence[Tensor]) -> Tensor:
        return torch.cat([apply([one[..., :5] for one in given]), apply([one[..., 5:] for one in given])], -1)

    for _, apply in parts(lively(), known):
        torch.testing.assert_close(halves(apply, [features]), apply([features]))


@torch.no_grad()
@both
def test_stated_multiplications_are_those_that_are_done(cut: Cut) -> None:
    network, content, style = lively(cut), 96**2, 64**2
    known, features = known_to(network, content, style)
    for local in (local for step in network.steps() for local in step.locals()):
        with FlopCounterMode(display=False) as counter:
            made = local.prepare(known)([features])
        assert (made.shape[1], made.shape[2]) == (local.channels, features.shape[2])
        positions = made.shape[2] * made.shape[3]
        assert local.macs(content, style) == pytest.approx(counter.get_total_flops() / 2 / positions)


@torch.no_grad()
def test_in_low_precision_it_comes_close() -> None:
    network, content, style = lively(), pictures(1, 3, 64, 64), pictures(1, 3, 64, 64, seed=1)
    exact = network(content, style)
    with torch.autocast("cpu", torch.bfloat16):
        found = network(content, style)
    assert float((found.float() - exact).abs().max()) < 0.05 * float(exact.abs().max())


def test_the_full_network_has_the_parameters_of_the_paper() -> None:
    with torch.device("meta"):
        full = LST(LSTConfig())
        shallow = LST(LSTConfig(codec=CodecConfig(cut="relu3_1", widths=(64, 64, 128, 128, 256), decoder_relu=False)))
    assert [sum(weight.numel() for weight in network.parameters()) for network in (full, shallow)] == [12_167_151, 4_000_879]


def test_the_card_states_the_smallest_picture() -> None:
    network, side = CARD.build(CARD.example), CARD.smallest_side
    assert network(pictures(1, 3, side, side), pictures(1, 3, side, side)).shape == (1, 3, side, side)
