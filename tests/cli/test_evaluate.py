import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.judged import arguments, style_artifact
from intaglio.cli.main import main
from intaglio.metrics.catalog import METRICS
from intaglio.metrics.cost import cost_of
from intaglio.storage.artifact import from_pretrained
from intaglio.stylizing.stylize import stylize
from style_networks import STYLE_CARDS


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    return output.err


@pytest.mark.parametrize("card", STYLE_CARDS)
def test_every_style_network_is_judged_by_what_the_engine_makes(
    card: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = style_artifact(tmp_path / "model", card), tmp_path / "out"
    assert main(["evaluate", model, *arguments(tmp_path), "-o", str(out), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["pairs"] == 6
    assert set(METRICS) <= set(document["values"])
    assert document["subject"] == {
        "name": "model",
        "model": from_pretrained(model).digest(),
        "parameters": cost_of(from_pretrained(model).network).parameters,
        "bytes": (tmp_path / "model" / "model.safetensors").stat().st_size,
        "macs_per_megapixel": float(cost_of(from_pretrained(model).network).macs_per_pixel * 1_000_000),
    }
    assert document["seconds_per_megapixel"] > 0
    made = stylize(tmp_path / "content" / "content0.png", tmp_path / "style" / "style0.png", model=model)
    with Image.open(out / "pictures" / "01.png") as kept:
        assert np.abs(np.asarray(kept).astype(int) - made).max() <= 1


def test_the_table_shows_every_value_and_says_which_way_is_better(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = style_artifact(tmp_path / "model", "adain")
    assert main(["evaluate", model, *arguments(tmp_path), "--sample", "4", "--seed", "3", "--size", "32"]) == 0
    output = capsys.readouterr().out
    for name in METRICS:
        assert f"\n{name}" in output
    assert "4 pairs drawn with seed 3 of 2 contents x 3 styles, at a shorter side of 32 px" in output
    assert "lower is better" in output
    assert "s per megapixel" in output
    assert "look at" not in output


def test_all_pairs_are_taken_with_a_sample_of_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = style_artifact(tmp_path / "model", "adain")
    assert main(["evaluate", model, *arguments(tmp_path), "--sample", "0"]) == 0
    assert "all pairs of 2 contents x 3 styles" in capsys.readouterr().out


def test_a_style_network_serves_as_loss_network_by_its_deepest_encoder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = style_artifact(tmp_path / "model", "adain")
    options = arguments(tmp_path)
    options[options.index("--loss-network") + 1] = model
    assert main(["evaluate", model, *options, "--json"]) == 0
    assert "gram_distance.conv5" not in json.loads(capsys.readouterr().out)["values"]


def test_a_folder_of_another_evaluation_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, out = style_artifact(tmp_path / "model", "adain"), tmp_path / "out"
    command = ["evaluate", model, *arguments(tmp_path), "-o", str(out)]
    assert main(command) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    capsys.readouterr()
    assert main([*command, "--sample", "2"]) == 2
    assert "pairs.jsonl is of another evaluation: sample was not given and is 2; write to another folder" in error_of(capsys)
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = style_artifact(tmp_path / "model", "adain")
    shallow = style_artifact(tmp_path / "shallow", "wct")
    options = arguments(tmp_path)
    (tmp_path / "empty").mkdir()
    for changed, complaint in (
        ({"--content": "empty"}, "no pictures in this folder"),
        ({"--style": "nowhere"}, "nowhere: "),
        ({"--loss-network": "content"}, "is not an artifact"),
        ({"--loss-network": "shallow"}, "the loss network ends at relu3_1 and has no relu4_1; take a deeper encoder"),
        ({"--device": "tpu"}, "unknown device"),
    ):
        given = list(options)
        for option, value in changed.items():
            given[given.index(option) + 1] = value if option == "--device" else str(tmp_path / value)
        assert main(["evaluate", model, *given]) == 2
        assert complaint in error_of(capsys)
    for more, complaint in ((["--size", "20"], "at least 32 pixels"), (["--sample", "-1"], "at least one pair")):
        assert main(["evaluate", model, *options, *more]) == 2
        assert complaint in error_of(capsys)
    assert main(["evaluate", str(tmp_path / "vgg"), *options]) == 2
    assert "does not stylize" in error_of(capsys)
    shutil.rmtree(shallow)
    assert main(["evaluate", shallow, *options]) == 2
    assert "is not a folder" in error_of(capsys)
