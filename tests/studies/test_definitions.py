from pathlib import Path
from typing import Any

import pytest

from intaglio.studies.materials import Materials
from intaglio.studies.runner import run_steps
from intaglio.studies.tickets.definition import LotteryStudy
from intaglio.studies.tickets.findings import findings
from intaglio.studies.tickets.lottery import steps
from intaglio.studies.tickets.scales import SCALES
from intaglio.studies.workspace import Workspace
from intaglio.training.catalog import RECIPES
from intaglio.vocabulary.errors import SpecError, UnknownNameError
from studies.small_studies import TICKETS, sources
from studies.test_lottery import NAMED

MATERIALS = Materials(**NAMED, start={"adain": "5" * 16})
every = pytest.mark.parametrize("name", TICKETS)
# A description that is changed without need loses all that was done under it.
DIGESTS = {
    "joint-training": "da4f17386dc819ed",
    "tickets": "0bb74856eb1b6ecb",
    "rewinding": "4bc740b9730160d2",
    "transfer": "1155207ee5affd84",
    "networks": "3b5da672e48f1679",
    "methods": "c835d85794f4ce90",
}


@every
def test_the_digest_of_a_study_stays(name: str) -> None:
    assert TICKETS[name].study(MATERIALS, "small").digest() == DIGESTS[name]


@every
@pytest.mark.parametrize("scale", SCALES)
def test_every_study_can_be_written_down_and_read_again(name: str, scale: str) -> None:
    study = TICKETS[name].study(MATERIALS, scale)
    assert LotteryStudy.parse(study.model_dump(mode="json"), where="test") == study
    assert all(steps(lottery) for lottery in study.lotteries.values())
    assert {lottery.network for lottery in study.lotteries.values()} == set(TICKETS[name].networks)


@every
def test_the_papers_scale_is_its_schedule(name: str) -> None:
    for lottery in TICKETS[name].study(MATERIALS, "paper").lotteries.values():
        recipe = RECIPES[lottery.network]
        assert (lottery.training, lottery.crop) == (recipe.training, recipe.crop)
        assert lottery.batches * lottery.training.batch_size == 4000
        assert (lottery.share, len(lottery.seeds), lottery.start) == (0.2, 3, "")


def test_a_network_begins_with_the_one_of_its_kind_or_as_it_is_told() -> None:
    tickets = TICKETS["tickets"]
    assert {name: one.start for name, one in tickets.study(MATERIALS, "small").lotteries.items()} == {
        "adain": "5" * 16,
        "sanet": "",
    }
    told = tickets.study(MATERIALS, "paper", start="6" * 16).lotteries.values()
    assert {lottery.start for lottery in told} == {"6" * 16}


def test_networks_and_settings_are_the_users() -> None:
    study = TICKETS["tickets"].study(MATERIALS, "tiny", ("lst",), rounds=1, seeds=(4, 5))
    (lottery,) = study.lotteries.values()
    assert (lottery.network, lottery.rounds, lottery.seeds) == ("lst", 1, (4, 5))


def test_what_a_setting_leaves_out_is_the_scales() -> None:
    given = {"training": {"steps": 7}, "crop": {"size": 32}}
    (usual,), (changed,) = (TICKETS["methods"].study(MATERIALS, "small", **one).lotteries.values() for one in ({}, given))
    assert changed.training == usual.training.model_copy(update={"steps": 7})
    assert changed.crop == usual.crop.model_copy(update={"size": 32})


@pytest.mark.parametrize(
    ("scale", "networks", "changes", "error", "message"),
    [
        ("smal", (), {}, UnknownNameError, "unknown scale 'smal': did you mean small"),
        ("small", ("adian",), {}, UnknownNameError, "did you mean adain"),
        ("small", (), {"rounds": 0}, SpecError, "tickets, adain: field 'rounds'"),
        ("small", (), {"round": 3}, SpecError, "tickets, adain: field 'round': .*did you mean 'rounds'"),
        ("small", (), {"training": {"step": 3}}, SpecError, r"field 'training\.step': .*did you mean 'steps'"),
    ],
)
def test_what_is_not_known_is_refused(
    scale: str, networks: tuple[str, ...], changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        TICKETS["tickets"].study(MATERIALS, scale, networks, **changes)


@every
def test_every_study_runs_at_the_smallest_scale(tmp_path: Path, name: str) -> None:
    network = TICKETS[name].networks[0]
    given, named = sources(tmp_path, network)
    small = {"crop": {"size": 32, "resize": "shorter", "to": 40}, "training": {"steps": 2, "batch_size": 2}, "rounds": 1}
    materials = Materials(**{**named, "start": {network: named["start"]}})
    study = TICKETS[name].study(materials, "tiny", (network,), **small, floor=0.01)
    workspace = Workspace(tmp_path / "study")
    for lottery in study.lotteries.values():
        run_steps(steps(lottery), workspace, given)
        found = findings(lottery, workspace)
        assert found is not None
        assert found.missing == 0
        assert {level.arm for level in found.levels} == set(lottery.arms)
