from pathlib import Path

import pytest
import torch

from intaglio.models.card import ModelCard
from intaglio.models.style.network import StyleNetwork
from intaglio.stylizing.engine import Workspace
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.pixels import ArrayPixels
from intaglio.stylizing.plan import Plan, make_plan
from intaglio.stylizing.run import Pictures, stylize_pixels
from intaglio.stylizing.schemes import scheme_of
from intaglio.stylizing.track import Track
from intaglio.vocabulary.errors import OptionError, ResourceError
from intaglio.vocabulary.progress import Progress
from style_networks import STYLE_CARDS, attends_to_itself, lively
from stylizing.runs import colors

OPTIONS = StylizeOptions.parse({}, where="test")

every_style_network = pytest.mark.parametrize("card", STYLE_CARDS.values(), ids=STYLE_CARDS)


def plan_of(card: ModelCard, height: int = 300, width: int = 400, *, memory: int | None = None, side: int = 0) -> Plan:
    outline, tile = scheme_of(lively(card), StylizeOptions(approximate=True)).passes, (side, side) if side else None
    return make_plan(outline, card, (height, width), [(96, 64)], memory=memory, device=torch.device("cpu"), tile=tile)


def plan_in_strips(network: StyleNetwork, card: ModelCard, height: int, width: int) -> Plan:
    size, device = (height, width), torch.device("cpu")
    return make_plan(scheme_of(network, OPTIONS).passes, card, size, [size], memory=None, device=device, tile=(16, 64))


@every_style_network
def test_larger_tiles_need_more_memory_and_no_more_disk(card: ModelCard) -> None:
    plans = [plan_of(card, side=side) for side in (16, 64, 256)]
    assert plans[0].memory < plans[1].memory < plans[2].memory
    assert len({plan.disk for plan in plans}) == 1


@every_style_network
def test_wider_pictures_need_more_memory_and_taller_ones_do_not(card: ModelCard) -> None:
    one, taller, wider = plan_of(card, side=64), plan_of(card, height=30_000, side=64), plan_of(card, width=40_000, side=64)
    assert one.memory < wider.memory
    assert taller.memory == one.memory or attends_to_itself(card)
    assert taller.disk >= one.disk


@every_style_network
def test_the_budget_is_kept_with_the_largest_tiles_that_fit(card: ModelCard) -> None:
    free = plan_of(card, width=60_000)
    tight = plan_of(card, width=60_000, memory=free.memory - 1)
    assert tight.memory < free.memory
    assert tight.tile[0] < free.tile[0]
    assert plan_of(card, width=60_000, memory=free.memory).tile == free.tile


@every_style_network
def test_a_budget_that_is_too_small_is_refused_with_the_one_that_is_needed(card: ModelCard) -> None:
    with pytest.raises(ResourceError, match=r"400x300 needs .* of memory, 100 MB is allowed; raise --memory"):
        plan_of(card, memory=100_000_000)


@every_style_network
@pytest.mark.parametrize("size", [(1, 1), (7, 500), (33, 48), (64, 64)])
def test_the_padded_size_is_the_next_the_network_takes(card: ModelCard, size: tuple[int, int]) -> None:
    plan = plan_of(card, *size)
    for side, padded in zip(size, (plan.padded_height, plan.padded_width), strict=True):
        assert padded % card.size_multiple == 0
        least = max(side, card.smallest_side)
        assert least <= padded < least + card.size_multiple


@every_style_network
def test_the_disk_it_foretells_is_what_the_scratch_files_take(card: ModelCard, tmp_path: Path) -> None:
    network, content = lively(card), colors(130, 150)
    plan = plan_in_strips(network, card, 130, 150)
    sizes: list[int] = []

    def measure(_: Progress) -> None:
        sizes.append(sum(path.stat().st_size for path in tmp_path.iterdir()))

    steps = [("styles", 1.0), *((one.name, one.macs) for one in plan.passes)]
    pictures = Pictures(content=ArrayPixels(content), styles=[ArrayPixels(content)], sink=ArrayPixels(content.copy()))
    track = Track(steps, plan.megapixels, measure)
    stylize_pixels(network, card, plan, pictures, OPTIONS, Workspace(tmp_path), track.at)
    assert plan.disk > 0
    assert max(sizes) == plan.disk
    assert not list(tmp_path.iterdir())


@every_style_network
def test_a_run_reports_its_passes_in_order_up_to_the_end(card: ModelCard, tmp_path: Path) -> None:
    network, content, heard = lively(card), colors(100, 60), list[Progress]()
    plan = plan_in_strips(network, card, 100, 60)
    steps = [("styles", 1.0), *((one.name, one.macs) for one in plan.passes)]
    pictures = Pictures(content=ArrayPixels(content), styles=[ArrayPixels(content)], sink=ArrayPixels(content.copy()))
    track = Track(steps, plan.megapixels, heard.append)
    stylize_pixels(network, card, plan, pictures, OPTIONS, Workspace(tmp_path), track.at)
    assert [one.done for one in heard] == sorted(one.done for one in heard)
    assert list(dict.fromkeys(one.task for one in heard)) == [name for name, _ in steps]
    assert heard[-1].done == pytest.approx(plan.megapixels)
    assert heard[-1].total == pytest.approx(100 * 60 / 1e6)


def test_kept_features_are_named_in_the_plan_of_the_cascade() -> None:
    passes = plan_of(STYLE_CARDS["wct"]).passes
    assert [one.name for one in passes] == ["encode", "stage 1 of 3", "stage 2 of 3", "stage 3 of 3"]
    assert passes[-1].kept_bytes == 0
    assert all(one.kept_bytes > 0 for one in passes[:-1])
    assert all(one.macs > 0 for one in passes)


@pytest.mark.parametrize("card", [card for card in STYLE_CARDS.values() if attends_to_itself(card)], ids=lambda card: card.name)
def test_what_is_quadratic_is_refused_beyond_a_size_unless_approximated(card: ModelCard) -> None:
    network, size, device = lively(card), (3000, 4000), torch.device("cpu")
    with pytest.raises(OptionError, match=r"187,500 of them are .* up to 65,536 are done exactly; .* means of 2x2 positions"):
        make_plan(scheme_of(network, OPTIONS).passes, card, size, [(64, 64)], memory=None, device=device)
    plan = make_plan(
        scheme_of(network, StylizeOptions(approximate=True)).passes, card, size, [(64, 64)], memory=None, device=device
    )
    exact = make_plan(scheme_of(network, OPTIONS).passes, card, (1500, 2000), [(64, 64)], memory=None, device=device)
    assert plan.passes[1].macs == pytest.approx(exact.passes[1].macs, rel=0.01)
