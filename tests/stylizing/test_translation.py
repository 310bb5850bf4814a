"""The contract of every translator of the catalog: neither tiles nor what is kept between passes are seen."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from intaglio.models.card import ModelCard
from intaglio.models.catalog import MODELS
from intaglio.models.gan.cyclegan_generator import CycleGANGeneratorConfig
from intaglio.models.gan.translator import Translator
from intaglio.runtime.native import native
from intaglio.runtime.runtime import Runtime
from intaglio.stylizing import legs
from intaglio.stylizing.engine import Engine
from intaglio.stylizing.padding import PaddedPicture, cropping
from intaglio.stylizing.pixels import ArrayPixels
from intaglio.stylizing.plan import Plan, make_plan
from intaglio.stylizing.scheme import Setting
from intaglio.stylizing.surroundings import exact_arithmetic
from intaglio.stylizing.translation import InMemoryScheme, TranslationScheme
from intaglio.vocabulary.errors import ResourceError
from stylizing.runs import Array, colors, padded
from translators import TRANSLATORS, lively_translator

NETWORKS = {name: lively_translator(card) for name, card in TRANSLATORS.items()}
# What a value that is moved is taken to cost: nothing, so that everything is kept; something; so much that nothing is kept.
MOVED = (0.0, 10.0, 30.0, 1e12)
TOLERANCE = 1e-4
# A picture of one pixel is padded to one color. Its maps vary by rounding alone, and normalization enlarges what varies by less
# than its epsilon three hundred times, layer after layer, here as in memory.
OF_ONE_PIXEL = 2e-3

every_translator = pytest.mark.parametrize("name", TRANSLATORS)
sides = st.one_of(
    st.just((1, 1)),
    st.tuples(st.just(7), st.integers(1, 90)),
    st.tuples(st.integers(1, 90), st.integers(1, 5)),
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
)
tiles = st.tuples(st.integers(1, 60), st.integers(1, 60))
memories = st.one_of(st.none(), st.integers(480, 2000).map(lambda megabytes: megabytes * 1_000_000))


def plan_of(
    scheme: TranslationScheme | InMemoryScheme,
    card: ModelCard,
    size: tuple[int, int],
    *,
    memory: int | None = None,
    tile: tuple[int, int] | None = None,
) -> Plan:
    outline = scheme.passes
    device = torch.device("cpu")
    return make_plan(lambda *given: outline(*given[:3]), card, size, [], memory=memory, device=device, tile=tile)


def streamed(
    network: Translator,
    card: ModelCard,
    picture: Array,
    *,
    moved: float = legs.VALUE_MACS,
    tile: tuple[int, int] | None = None,
    memory: int | None = None,
    runtime: Runtime = "dense",
) -> Array:
    """What the engine makes of a picture in passes, not clamped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(legs, "VALUE_MACS", moved)
        scheme = TranslationScheme(network, runtime)
        plan = plan_of(scheme, card, (picture.shape[0], picture.shape[1]), memory=memory, tile=tile)
    return made_by(scheme, card, picture, plan)


def in_memory(network: Translator, card: ModelCard, picture: Array, runtime: Runtime = "dense") -> Array:
    """What the engine makes of it in one."""
    scheme = InMemoryScheme(network, TranslationScheme(network, runtime).course, runtime)
    plan = plan_of(scheme, card, (picture.shape[0], picture.shape[1]), tile=(1, 1))
    return made_by(scheme, card, picture, replace(plan, tile=(plan.padded_height, plan.padded_width)))


def made_by(scheme: TranslationScheme | InMemoryScheme, card: ModelCard, picture: Array, plan: Plan) -> Array:
    sink = ArrayPixels(np.full_like(picture, np.nan))
    with TemporaryDirectory() as folder, exact_arithmetic():
        setting = Setting(
            card=card,
            plan=plan,
            picture=PaddedPicture(ArrayPixels(picture), plan.padded_height, plan.padded_width),
            scratch=Path(folder),
            write=cropping(sink, plan.height, plan.width),
        )
        sizes: list[int] = []

        def measure(_step: int, _share: float) -> None:
            sizes.append(sum(path.stat().st_size for path in Path(folder).iterdir()))

        Engine(scheme.program(setting), plan, sink, None, measure).run()
        assert max(sizes) <= plan.disk, "the plan foretells the disk"
        assert not list(Path(folder).iterdir()), "maps go when they are done with"
    return sink.array


@torch.inference_mode()
def whole(network: Translator, card: ModelCard, picture: Array) -> Array:
    """The network on the padded picture, cropped."""
    height, width, _ = picture.shape
    sides = [-(-max(side, card.smallest_side) // card.size_multiple) * card.size_multiple for side in (height, width)]
    low, high = card.input_range
    made = (network(padded(picture, *sides) * (high - low) + low) - low) / (high - low)
    cropped: Array = made[0].permute(1, 2, 0)[:height, :width].numpy()
    return cropped


def difference(found: Array, expected: Array) -> float:
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max())


def allowed(size: tuple[int, int]) -> float:
    return OF_ONE_PIXEL if size == (1, 1) else TOLERANCE


@every_translator
@settings(max_examples=12)
@given(sides, tiles, st.sampled_from(MOVED))
def test_streamed_equals_the_whole_network(name: str, size: tuple[int, int], tile: tuple[int, int], moved: float) -> None:
    network, card, picture = NETWORKS[name], TRANSLATORS[name], colors(*size, seed=1)
    found = streamed(network, card, picture, moved=moved, tile=tile)
    assert difference(found, whole(network, card, picture)) < allowed(size)


@every_translator
@settings(max_examples=6)
@given(sides)
def test_layers_one_by_one_in_memory_are_the_network(name: str, size: tuple[int, int]) -> None:
    network, card, picture = NETWORKS[name], TRANSLATORS[name], colors(*size, seed=1)
    assert difference(in_memory(network, card, picture), whole(network, card, picture)) < allowed(size)


@every_translator
@pytest.mark.skipif(native() is None, reason="the kernels were not built here")
def test_pruned_layers_by_lists_make_the_same_picture(name: str) -> None:
    network, card, picture = lively_translator(TRANSLATORS[name]), TRANSLATORS[name], colors(41, 30, seed=4)
    generator = torch.Generator().manual_seed(5)
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.weight.data *= torch.rand(module.weight.shape, generator=generator) < 0.3
    expected = whole(network, card, picture)
    for runtime in ("dense", "sparse"):
        scheme = TranslationScheme(network, runtime)
        listed = plan_of(scheme, card, (41, 30)).ways.count(" sparse")
        assert (listed > 0) is (runtime == "sparse")
        assert difference(in_memory(network, card, picture, runtime), expected) < TOLERANCE
        assert difference(streamed(network, card, picture, tile=(16, 32), runtime=runtime), expected) < TOLERANCE


@every_translator
@settings(max_examples=6)
@given(sides, memories)
def test_any_memory_that_is_enough_gives_the_same_picture(name: str, size: tuple[int, int], memory: int | None) -> None:
    network, card, picture = NETWORKS[name], TRANSLATORS[name], colors(*size, seed=2)
    assert difference(streamed(network, card, picture, memory=memory), whole(network, card, picture)) < allowed(size)


@every_translator
def test_statistics_of_batches_need_no_pass(name: str) -> None:
    card, picture = TRANSLATORS[name], colors(45, 38, seed=3)
    network = lively_translator(card, batches=True)
    assert [one.name for one in plan_of(TranslationScheme(network), card, (45, 38)).passes] == ["render"]
    assert difference(streamed(network, card, picture, tile=(5, 9)), whole(network, card, picture)) < TOLERANCE


@every_translator
def test_the_pictures_of_these_tests_are_worth_comparing(name: str) -> None:
    """A network that gives one color whatever it sees would pass everything above."""
    network, card = NETWORKS[name], TRANSLATORS[name]
    made = whole(network, card, colors(64, 80, seed=1))
    assert made.std(axis=(0, 1)).min() > 0.03
    # The statistics are of the whole picture: another half of it changes this one.
    half = colors(64, 80, seed=1)
    half[:, 40:] *= 0.2
    assert difference(whole(network, card, half)[:, :8], made[:, :8]) > 0.01


def test_of_the_paper_s_network_what_halving_and_blocks_give_is_kept() -> None:
    card = MODELS["cyclegan-generator"]
    network = card.build(CycleGANGeneratorConfig(blocks=2)).eval()
    assert isinstance(network, Translator)
    plan = plan_of(TranslationScheme(network), card, (3000, 4000))
    kept = {one.name: one.kept_bytes / 12e6 for one in plan.passes}
    assert list(kept) == [*(layer.name for layer in network.layers() if layer.counts), "render"]
    # 256 channels at a sixteenth of the pixels, in float32, are 64 bytes a pixel: features, and what will be added to them.
    assert kept["first"] == kept["down1"] == kept["render"] == 0
    assert kept["down2"] == 64
    assert kept["block 1, first"] == kept["block 1, second"] == kept["block 2, second"] == kept["up2"] == 128
    in_memory = plan_of(InMemoryScheme(network, TranslationScheme(network).course), card, (3000, 4000))
    assert in_memory.memory > 10 * plan.memory


@every_translator
def test_a_budget_that_is_too_small_is_refused_with_the_one_that_is_needed(name: str) -> None:
    with pytest.raises(ResourceError, match=r"400x300 needs .* of memory, 100 MB is allowed; raise --memory"):
        plan_of(TranslationScheme(NETWORKS[name]), TRANSLATORS[name], (300, 400), memory=100_000_000)


@every_translator
def test_wider_pictures_need_more_memory_and_taller_ones_do_not(name: str) -> None:
    scheme, card = TranslationScheme(NETWORKS[name]), TRANSLATORS[name]
    one, taller, wider = (plan_of(scheme, card, size, tile=(64, 64)).memory for size in ((300, 400), (9000, 400), (300, 9000)))
    assert one == taller < wider
