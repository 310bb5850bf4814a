from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from intaglio.models.style.adaattn import CARD, AdaAttN, AdaAttNConfig, drawn
from intaglio.models.style.statistics import mean_and_std
from intaglio.models.style.steps import FeatureMap, Local
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.vocabulary.errors import InputError, SpecError
from lively import enliven_

WIDTHS = (3, 3, 4, 4, 5, 6, 6, 7, 8, 8, 8, 8, 8)


def network(sample: tuple[int, int] | None = (100, 30), seed: int = 6666, compared: int | None = None) -> AdaAttN:
    encoder = CodecConfig(cut="relu5_1", widths=WIDTHS, pooling="ceil", decoder_relu=False)
    made = AdaAttN(AdaAttNConfig(encoder=encoder, sample=sample, seed=seed, compared=compared))
    enliven_(made)
    # He's weights make keys whose products saturate every softmax.
    for unit in (made.attention3, made.attention4, made.attention5):
        unit.query.weight.data.mul_(0.1)
    return made.eval()


def picture(height: int, width: int, seed: int) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


CONTENT, STYLE = picture(32, 48, 0), picture(64, 48, 1)


@dataclass
class Facts:
    """`Known` of two pictures."""

    content: dict[FeatureMap, Tensor]
    of_style: dict[FeatureMap, Tensor]

    def spread(self, of: FeatureMap) -> tuple[Tensor, Tensor]:
        mean, deviation = mean_and_std(self.content[of])
        return mean[..., None, None], deviation[..., None, None]

    def second(self, of: FeatureMap) -> Tensor:
        raise NotImplementedError

    def whole(self, of: FeatureMap) -> Tensor:
        raise NotImplementedError

    def style(self, of: FeatureMap) -> Tensor:
        return self.of_style[of]


def test_a_style_of_few_positions_is_taken_whole_and_nothing_is_drawn() -> None:
    state = torch.get_rng_state()
    features = torch.rand(2, 3, 4, 5)
    torch.set_rng_state(state)
    for most in (None, 20, 21):
        (found,) = drawn([features], most)
        assert torch.equal(found, features.reshape(2, 3, 20, 1))
    assert torch.equal(torch.get_rng_state(), state)


def test_the_draw_is_that_of_the_reference_and_leaves_the_callers_generator_alone() -> None:
    features = torch.arange(240.0).reshape(2, 3, 8, 5)
    state = torch.get_rng_state()
    first, second = drawn([features, -features], 7, seed=6666)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(6666)
    order = torch.randperm(40)[:7]
    torch.set_rng_state(state)
    assert torch.equal(first, features.flatten(2)[:, :, order, None])
    assert torch.equal(second, -first)


@torch.inference_mode()
def test_a_limit_that_is_not_reached_changes_nothing() -> None:
    unlimited = network(None)(CONTENT, STYLE)
    assert torch.equal(network((192, 48))(CONTENT, STYLE), unlimited)
    assert not torch.equal(network((191, 48))(CONTENT, STYLE), unlimited)
    assert not torch.equal(network((192, 47))(CONTENT, STYLE), unlimited)


@torch.inference_mode()
def test_the_seed_alone_decides_which_positions_are_attended_to() -> None:
    made = network()(CONTENT, STYLE)
    state = torch.get_rng_state()
    assert torch.equal(network()(CONTENT, STYLE), made)
    assert torch.equal(network()(CONTENT, STYLE), made)
    torch.set_rng_state(state)
    assert not torch.equal(network(seed=1)(CONTENT, STYLE), made)


@torch.inference_mode()
def test_training_draws_anew_in_every_step_from_the_generator_that_a_checkpoint_keeps() -> None:
    learning = network().train()
    state = torch.get_rng_state()
    first, second = learning(CONTENT, STYLE), learning(CONTENT, STYLE)
    torch.set_rng_state(state)
    assert torch.equal(learning(CONTENT, STYLE), first)
    assert torch.equal(learning(CONTENT, STYLE), second)
    assert not torch.equal(first, second)


@torch.inference_mode()
@pytest.mark.parametrize(("part", "scales"), [(0, (2, 2, 2, 2, 1, 1, 1, 1, 1)), (2, (1, 2, 2, 2))])
def test_both_local_functions_see_nothing_but_their_positions(part: int, scales: tuple[int, ...]) -> None:
    made = network()
    local = made.steps()[0].parts[part]
    assert isinstance(local, Local)
    facts = Facts(made.maps(picture(64, 96, 2)), made.maps(STYLE))
    features = [facts.content[one] for one in local.reads]
    if part:
        features = [torch.rand(1, made.joined - made.attention3.values, 8, 12), *features]
    apply = local.prepare(facts)
    whole = apply(features)
    assert whole.shape[1] == local.channels
    assert whole.shape[2:] == (64 // local.grid, 96 // local.grid)
    finest = max(scales)
    for top, left, height, width in ((0, 0, 1, 1), (1, 2, 2, 3), (3, 5, 1, 1), (0, 1, 4, 5)):
        pieces = [
            one[:, :, top * scale : (top + height) * scale, left * scale : (left + width) * scale]
            for one, scale in zip(features, scales, strict=True)
        ]
        cut = whole[:, :, top * finest : (top + height) * finest, left * finest : (left + width) * finest]
        torch.testing.assert_close(apply(pieces), cut, rtol=1e-5, atol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize("compared", [None, 7])
@pytest.mark.parametrize("sample", [None, (100, 30)])
def test_costs_are_what_is_kept_and_multiplied(sample: tuple[int, int] | None, compared: int | None) -> None:
    made = network(sample, compared=compared)
    facts = Facts(made.maps(CONTENT), made.maps(STYLE))
    pixels = STYLE.shape[2] * STYLE.shape[3]
    for unit in (made.attention3, made.attention4, made.attention5):
        apply = unit.prepare(facts)
        assert unit.held(pixels) == apply.attended.keys.numel() + apply.attended.moments.numel()
        with FlopCounterMode(display=False) as counter:
            cells = apply([facts.content[one] for one in unit.reads])[0, 0].numel()
        assert unit.macs(pixels) * cells == counter.get_total_flops() / 2
    deep, join = (part for part in made.steps()[0].parts if isinstance(part, Local))
    assert deep.macs(1, pixels) == made.attention4.macs(pixels) + made.attention5.macs(pixels) / 4
    assert join.macs(1, pixels) == made.attention3.macs(pixels)


@torch.inference_mode()
def test_odd_sides_are_taken_as_long_as_every_grid_is_half_of_the_one_before() -> None:
    assert network()(picture(94, 77, 3), STYLE).shape == (1, 3, 96, 80)


@torch.inference_mode()
@pytest.mark.parametrize(
    ("height", "width", "complaint"),
    [(90, 75, "of 10 x 12 cells .* of 19 x 23"), (40, 32, "of 2 x 3 cells .* of 4 x 5")],
    ids=["relu3_1 over relu4_1", "relu4_1 over relu5_1"],
)
def test_grids_that_do_not_fit_are_refused(height: int, width: int, complaint: str) -> None:
    with pytest.raises(InputError, match=f"{complaint}, .* multiples of 16"):
        network()(picture(height, width, 4), STYLE)


@torch.inference_mode()
@pytest.mark.parametrize("color", [0.0, 0.3, 1.0])
def test_a_style_of_one_color_gives_a_picture(color: float) -> None:
    assert bool(network()(CONTENT, torch.full((1, 3, 32, 32), color)).isfinite().all())


@torch.inference_mode()
def test_a_content_of_one_color_gives_a_picture() -> None:
    assert bool(network()(torch.full((1, 3, 32, 32), 0.5), STYLE).isfinite().all())


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"encoder": {"cut": "relu4_1", "widths": WIDTHS[:9]}}, "must reach relu5_1, not relu4_1"),
        ({"encoder": {"cut": "relu5_1", "widths": (*WIDTHS[:12], 9)}}, "as many channels, not 8 and 9"),
        ({"sample": (0, 5)}, "greater than or equal to 1"),
        ({"seed": -1}, "greater than or equal to 0"),
    ],
)
def test_a_configuration_that_cannot_be_built_is_refused(config: dict[str, object], complaint: str) -> None:
    with pytest.raises(SpecError, match=complaint):
        AdaAttNConfig.parse(config, where="config.json")


def test_fewer_channels_are_compared_if_asked_and_never_more_than_there_are() -> None:
    for compared, channels in ((None, (12, 20, 28)), (16, (12, 16, 16)), (100, (12, 20, 28))):
        made = network(compared=compared)
        assert tuple(unit.keys for unit in (made.attention3, made.attention4, made.attention5)) == channels
        assert made.attention5.query.weight.shape == (channels[2], 28, 1, 1)
        with torch.no_grad():
            assert bool(made(CONTENT, STYLE).isfinite().all())


def test_the_default_has_the_parameters_of_the_published_network() -> None:
    with torch.device("meta"):
        full = AdaAttN(AdaAttNConfig())
    counts = {name: sum(parameter.numel() for parameter in part.parameters()) for name, part in full.named_children()}
    deep = counts["attention4"] + counts["attention5"] + counts["merge"]
    assert (counts["encoder"], deep, counts["decoder"]) == (12_944_972, 9_066_752, 4_095_043)
    assert counts["attention3"] == 468_096


def test_the_example_is_sub_sampled_so_that_every_contract_sees_it() -> None:
    assert isinstance(CARD.example, AdaAttNConfig)
    assert CARD.example.sample is not None
    assert CARD.example.sample[0] < (64 // 4) ** 2
    assert CARD.example.sample[1] < (64 // 8) ** 2
