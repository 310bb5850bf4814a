from pathlib import Path
from typing import Any

import pytest

from data.training_pictures import filled
from intaglio.studies.catalog import DEFINITIONS
from intaglio.studies.definition import Request
from intaglio.studies.gans.definition import GanStudy
from intaglio.studies.gans.games import PRESETS, generators
from intaglio.studies.gans.lottery import steps
from intaglio.studies.gans.scales import SCALES
from intaglio.studies.gans.steps import Play
from intaglio.training.gan.catalog import TRANSLATIONS
from intaglio.vocabulary.errors import InputError, OptionError, UnknownNameError
from studies.small_gan_studies import GANS, materials

every = pytest.mark.parametrize("name", GANS)
# A description that is changed without need loses all that was done under it.
DIGESTS = {
    "gan-tickets-sngan": "fe5c53bec48c613d",
    "gan-rewinding": "11bf957044aa2a1f",
    "gan-channels": "1c281999f5f0b52d",
    "gan-tickets-cyclegan": "a668a704dfa8212e",
    "gan-tickets-range": "7caebc4542a96f27",
    "gan-transfer": "c388809f8583dcb9",
}
STEPS = {
    "gan-tickets-sngan": "1fd59befbce40e63",
    "gan-rewinding": "988faa4ef3a38113",
    "gan-channels": "abad84cbc905ab10",
    "gan-tickets-cyclegan": "25b3b85a01352c2b",
    "gan-tickets-range": "8493d912b7501a98",
    "gan-transfer": "8493d912b7501a98",
}


def study(name: str, scale: str = "tiny", preset: str = "", **changes: Any) -> GanStudy:
    chosen = preset or GANS[name].networks[0]
    data = {kind: str(number) * 16 for number, kind in enumerate(generators(chosen).values())}
    named = {"data": data, "elsewhere": dict.fromkeys(data, "e" * 16), "features": "f" * 16}
    return GANS[name].study(named, chosen, scale, **changes)


@every
def test_the_digest_of_a_study_stays(name: str) -> None:
    made = study(name, "small")
    assert made.digest() == DIGESTS[name]
    assert made.steps()[-1].digest() == STEPS[name]


@every
@pytest.mark.parametrize("scale", SCALES)
def test_every_study_can_be_written_down_and_read_again(name: str, scale: str) -> None:
    made = study(name, scale)
    assert DEFINITIONS[name].read(made.model_dump(mode="json"), "test") == made


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("scale", SCALES)
def test_every_preset_can_be_studied_at_every_scale(preset: str, scale: str) -> None:
    ((label, lottery),) = study("gan-tickets-range", scale, preset).lotteries.items()
    assert label == lottery.preset == preset
    games = [step for step in steps(lottery) if isinstance(step, Play)]
    assert {game.settings["training"]["steps"] for game in games} == {0, lottery.length}
    assert lottery.side == (lottery.settings["crop"]["size"] if preset in TRANSLATIONS else 32)


@every
def test_the_question_says_what_is_compared(name: str) -> None:
    document = GANS[name].told().document
    assert document["arms"] == list(GANS[name].arms)
    assert document["claims"] == [claim.text for claim in GANS[name].claims]
    assert len(document["published"]) == len(GANS[name].published)


def test_the_figure_of_the_paper_crosses_its_dense_network_where_the_paper_says() -> None:
    (sngan,) = GANS["gan-tickets-sngan"].published
    assert sngan.extreme == pytest.approx(0.672, abs=1e-3)
    both = {one.generator: one.extreme for one in GANS["gan-tickets-cyclegan"].published}
    assert both["generator"] == pytest.approx(0.672, abs=1e-3)
    assert both["reverse-generator"] == pytest.approx(0.832, abs=1e-3)


def test_folders_are_asked_for_by_name(tmp_path: Path) -> None:
    materials(tmp_path, "sngan")
    begin = {"--features": str(tmp_path / "features")}
    pictures = filled(tmp_path / "pictures", 3)
    asked = GANS["gan-transfer"].asked(
        Request(scale="tiny", folders={"--data": (tmp_path / "second",), "--target": (pictures,)}, begin=begin)
    )
    made, sources = asked
    (lottery,) = made.lotteries.values()
    assert lottery.data != lottery.elsewhere
    assert sources.labelled[lottery.data["pictures"]] == (str(pictures), True, 32)
    assert set(sources.networks) == {lottery.features}


def test_unpaired_pictures_are_found_in_their_layout(tmp_path: Path) -> None:
    materials(tmp_path, "sngan")
    for number, name in enumerate(("trainA", "trainB", "testA")):
        filled(tmp_path / "pair" / name, 2 + number)
    request = Request(scale="tiny", folders={"--data": (tmp_path / "pair",)}, begin={"--features": str(tmp_path / "features")})
    with pytest.raises(OptionError, match=r"testB: no such folder; lay pictures out as trainA"):
        GANS["gan-tickets-cyclegan"].asked(request)
    filled(tmp_path / "pair" / "testB", 5)
    made, sources = GANS["gan-tickets-cyclegan"].asked(request)
    (lottery,) = made.lotteries.values()
    assert set(sources.pictures) == {*lottery.data.values(), *lottery.given.values()}
    assert sources.pictures[lottery.given["reverse-generator"]] == (str(tmp_path / "pair" / "testB"),)
    # What is needed for a score is asked for before anything is trained.
    many = Request(**{**vars(request), "settings": {"metrics": ["fid", "kid"]}})
    with pytest.raises(InputError, match="kid needs 1,000 pictures of each set, and there are 3 real ones"):
        GANS["gan-tickets-cyclegan"].asked(many)
    GANS["gan-tickets-cyclegan"].asked(Request(**{**vars(request), "scale": "small"}))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"folders": {}}, r"--data is missing"),
        ({"begin": {}}, r"--features is missing; name a classifier"),
        ({"begin": {"--start": "x"}}, r"--start is not used by this study"),
    ],
)
def test_what_is_missing_or_of_no_use_is_named(changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"scale": "tiny", "folders": {"--data": (tmp_path,)}, "begin": {"--features": "x"}}
    with pytest.raises(OptionError, match=says):
        GANS["gan-tickets-sngan"].asked(Request(**{**fields, **changes}))


def test_unknown_presets_are_named() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown GAN 'snagan': did you mean"):
        study("gan-tickets-sngan", preset="snagan")


def test_translations_have_two_generators() -> None:
    assert {preset: len(generators(preset)) for preset in PRESETS} == {
        preset: 1 + (preset in TRANSLATIONS) for preset in PRESETS
    }
