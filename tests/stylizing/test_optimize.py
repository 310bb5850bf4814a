import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from encoders import encoder
from intaglio.models.style.loss_network import LossNetwork
from intaglio.objectives.gatys import GatysObjective, GatysWeights
from intaglio.stylizing.optimize import OptimizeOptions, optimize, scale_sizes
from intaglio.vocabulary.errors import InputError, OptionError, PictureError, ResourceError, SpecError
from intaglio.vocabulary.progress import Progress

NETWORK = LossNetwork(encoder("relu5_1", lifted=True))
FEW = OptimizeOptions(iterations=4)


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def changed(**fields: object) -> OptimizeOptions:
    return OptimizeOptions.parse({"iterations": 4, **fields}, where="options")


def objective(found: Tensor, content: Tensor, style: Tensor, options: OptimizeOptions = FEW) -> float:
    measure = GatysObjective(NETWORK, content, [style], [1.0], options)
    with torch.no_grad():
        return float(measure.total(measure.terms(found)))


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize("start", ["content", "noise"])
def test_the_objective_becomes_smaller(optimizer: str, start: str) -> None:
    content, style = picture(48, 64), picture(64, 48, seed=1) ** 3
    options = changed(optimizer=optimizer, start=start, iterations=12, stroke=1.0)
    found = optimize(content, [style], NETWORK, options)
    assert found.shape == content.shape
    assert 0 <= float(found.min()) < float(found.max()) <= 1
    begun = content if start == "content" else picture(48, 64, seed=9)
    assert objective(found, content, style) < 0.8 * objective(begun, content, style)


def test_more_iterations_go_further() -> None:
    content, style = picture(48, 64), picture(64, 48, seed=1) ** 3
    reached = [objective(optimize(content, [style], NETWORK, changed(iterations=n)), content, style) for n in (2, 8, 24)]
    assert reached == sorted(reached, reverse=True)


def test_the_same_seed_gives_the_same_picture_and_another_seed_another() -> None:
    content, style = picture(40, 48), picture(40, 48, seed=1)
    one, again, other = (optimize(content, [style], NETWORK, changed(start="noise", seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.allclose(one, other, atol=0.05)


def test_the_generator_of_the_caller_is_not_moved() -> None:
    state = torch.get_rng_state()
    optimize(picture(32, 32), [picture(32, 32)], NETWORK, changed(start="noise"))
    assert torch.equal(torch.get_rng_state(), state)


def test_weights_mean_what_they_say() -> None:
    """A term is smaller in the end, the more it counts."""
    content, style = picture(48, 48), picture(48, 48, seed=1) ** 3
    measure = GatysObjective(NETWORK, content, [style], [1.0], FEW)
    for field, term in {
        "content_weight": "content",
        "style_weight": "style",
        "total_variation_weight": "total variation",
    }.items():
        weights = ({**dict.fromkeys(GatysWeights.model_fields, 1.0), "content_layer": "relu4_2", field: w} for w in (0.1, 10.0))
        light, heavy = (optimize(content, [style], NETWORK, changed(start="noise", iterations=25, **one)) for one in weights)
        assert float(measure.terms(heavy)[term]) < 0.9 * float(measure.terms(light)[term]), term


def test_several_styles_are_mixed_by_their_weights() -> None:
    content, styles = picture(40, 40), [picture(40, 40, seed=1) ** 3, 1 - picture(50, 40, seed=2) ** 3]
    alone = optimize(content, styles[:1], NETWORK, changed(iterations=15))
    as_alone = optimize(content, styles, NETWORK, changed(iterations=15, weights=(2.0, 0.0)))
    torch.testing.assert_close(as_alone, alone, atol=1e-4, rtol=0)
    mixed = optimize(content, styles, NETWORK, changed(iterations=15))
    assert float((mixed - alone).abs().mean()) > 0.005


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (33, 2), (31, 47), (65, 50)])
@pytest.mark.parametrize("style", [(1, 1), (37, 5)])
def test_odd_and_tiny_pictures_work(size: tuple[int, int], style: tuple[int, int]) -> None:
    found = optimize(picture(*size), [picture(*style, seed=1)], NETWORK, changed(iterations=2, scales=2))
    assert found.shape == (1, 3, *size)
    assert found.isfinite().all()


def test_a_shallow_encoder_serves_with_a_content_layer_it_reaches() -> None:
    shallow = LossNetwork(encoder("relu2_1"))
    assert optimize(picture(9, 9), [picture(9, 9)], shallow, changed(content_layer="relu2_1")).shape == (1, 3, 9, 9)
    with pytest.raises(InputError, match="ends at relu2_1 and has no relu4_2"):
        optimize(picture(9, 9), [picture(9, 9)], shallow, FEW)


def test_the_encoder_of_the_caller_is_not_touched() -> None:
    network = LossNetwork(encoder("relu5_1"))
    before = copy.deepcopy(network.state_dict())
    optimize(picture(32, 32), [picture(32, 32)], network, FEW)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_works_where_gradients_are_off(mode: type[torch.no_grad]) -> None:
    content, style = picture(32, 32), picture(32, 32, seed=1)
    expected = optimize(content, [style], NETWORK, FEW)
    with mode():
        assert torch.equal(optimize(content, [style], NETWORK, FEW), expected)


def test_scales_halve_until_the_longer_side_is_below_512() -> None:
    assert scale_sizes(384, 511, None) == [(384, 511)]
    assert scale_sizes(384, 512, None) == [(192, 256), (384, 512)]
    assert scale_sizes(1500, 1000, None) == [(375, 250), (750, 500), (1500, 1000)]
    assert scale_sizes(30, 3, 4) == [(4, 1), (8, 1), (15, 2), (30, 3)]


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_the_last_scale_is_the_picture_and_none_is_empty(height: int, width: int) -> None:
    sizes = scale_sizes(height, width, None)
    assert sizes[-1] == (height, width)
    assert max(sizes[0]) <= 511
    assert sizes == sorted(sizes)
    assert min(min(size) for size in sizes) >= 1


def test_coarse_scales_begin_what_fine_ones_end() -> None:
    content, style = picture(64, 64), picture(64, 64, seed=1) ** 3
    heard: list[Progress] = []
    optimize(content, [style], NETWORK, changed(scales=3), listener=heard.append)
    assert [task.split(",")[0] for task in dict.fromkeys(event.task.split(",")[0] for event in heard)] == [
        "16x16",
        "32x32",
        "64x64",
    ]
    assert all(", objective " in event.task for event in heard)
    assert [event.fraction for event in heard] == sorted(event.fraction for event in heard)
    assert heard[-1].steps == 3


def test_what_a_listener_raises_ends_the_work() -> None:
    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        optimize(picture(32, 32), [picture(32, 32)], NETWORK, FEW, listener=interrupt)


@pytest.mark.parametrize(
    ("content", "styles", "complaint"),
    [
        (torch.rand(3, 8, 8), [picture(8, 8)], r"content: a tensor \(3, 8, 8\)"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.uint8), [picture(8, 8)], "content: a tensor .* of torch.uint8"),
        (picture(8, 8), [torch.rand(1, 3, 0, 8)], r"style 1: a tensor \(1, 3, 0, 8\)"),
        (picture(8, 8), [picture(8, 8), picture(8, 8) / 0], "style 2: holds NaN or infinite values"),
    ],
)
def test_a_picture_that_is_none_is_refused(content: Tensor, styles: list[Tensor], complaint: str) -> None:
    with pytest.raises(PictureError, match=complaint):
        optimize(content, styles, NETWORK, FEW)


def test_styles_and_their_weights_must_fit() -> None:
    with pytest.raises(OptionError, match="give at least one style"):
        optimize(picture(8, 8), [], NETWORK, FEW)
    with pytest.raises(OptionError, match="2 weights for 1 styles"):
        optimize(picture(8, 8), [picture(8, 8)], NETWORK, changed(weights=(1.0, 2.0)))


def test_weights_beyond_floats_are_refused() -> None:
    with pytest.raises(OptionError, match=r"the objective became inf .* give smaller weights"):
        optimize(picture(32, 32), [picture(32, 32, seed=1)], NETWORK, changed(style_weight=1e300))


def test_a_picture_too_large_for_the_memory_is_refused_before_it_starts() -> None:
    content = torch.zeros(1, 3, 1, 1).expand(1, 3, 200_000, 300_000)
    with pytest.raises(ResourceError, match=r"picture of 300000x200000 takes .* TB and 2 GB is allowed; \d+x\d+ fits"):
        optimize(content, [picture(8, 8)], NETWORK, FEW, memory=2 * 10**9)


@pytest.mark.parametrize(
    "fields", [{"iterations": 0}, {"scales": 0}, {"stroke": 0}, {"optimizer": "sgd"}, {"start": "style"}, {"depth": 1}]
)
def test_an_option_out_of_range_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(SpecError, match=next(iter(fields))):
        changed(**fields)


def test_the_digest_of_the_options_stays() -> None:
    assert OptimizeOptions().digest() == OptimizeOptions(iterations=100, optimizer="lbfgs").digest()
    assert OptimizeOptions().canonical_json() == "{}"
