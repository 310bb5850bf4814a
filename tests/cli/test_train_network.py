import json
from pathlib import Path

import pytest

from data.training_pictures import filled
from encoders import artifact
from intaglio.cli.main import main
from intaglio.models.catalog import MODELS
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.training.catalog import NETWORK_METHODS
from loss_networks import narrow_pretrained
from style_networks import pretrained
from training.networks import adain_like, encoder_for

QUICK = ["--crop", "32", "--resize", "40", "--batch", "2", "--device", "cpu", "--workers", "1"]
DATA = ["--content", "photos", "--style", "paintings"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pictures, encoders and a network to start from, as the working directory."""
    filled(tmp_path / "photos", 4)
    filled(tmp_path / "paintings", 4)
    save_pretrained(encoder_for("sanet"), tmp_path / "encoder")
    save_pretrained(adain_like("sanet"), tmp_path / "begun")
    save_pretrained(narrow_pretrained(), tmp_path / "judge")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(name: str, *more: str, encoder: str = "encoder", steps: str = "2") -> int:
    return main(["train", name, "--encoder", encoder, *DATA, "-o", "made", "--steps", steps, *QUICK, *more])


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    assert error.startswith("intaglio: error: ")
    assert not Path("made").exists()
    return error


@pytest.mark.parametrize("name", NETWORK_METHODS)
def test_train_makes_a_network_and_says_what_it_is(place: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(name, "--start", "begun", "--loss-network", "judge", "--style-weight", "2", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    made = from_pretrained("made")
    assert made.card is MODELS[name]
    assert document["parameters"] == sum(parameter.numel() for parameter in made.network.parameters())
    assert [role for role, _ in made.source.parents] == ["encoder", "start", "loss network"]
    assert made.source.commands[0].startswith(f"intaglio train {name} --encoder encoder")
    run = json.loads((place / "made.run" / "run.json").read_text())
    method = NETWORK_METHODS[name]
    assert run["losses"] == {"style": 2}
    assert (run["training"]["steps"], run["training"]["batch_size"]) == (2, 2)
    assert run["training"]["schedule"] == method.training.schedule
    assert run["crop"] == {"size": 32, "resize": "shorter", "to": 40, "flip": method.crop.flip}


def test_networks_that_come_along_are_known_by_name(place: Path) -> None:
    bundled = ["--start", "adain-16x", "--loss-network", "loss-network"]
    assert train("sanet", *bundled, encoder="wct-16x", steps="1") == 0
    made = from_pretrained("made")
    digests = [from_pretrained(name).digest() for name in ("wct-16x", "adain-16x", "loss-network")]
    assert [digest for _, digest in made.source.parents] == digests
    assert train("sanet", "--joint", "--run", "again", "--start", "made", encoder="made", steps="1") == 0


def test_the_same_command_goes_on_and_a_spec_file_is_overruled(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "spec.toml").write_text("[training]\nsteps = 9\nlearning_rate = 0.5\nclip = 1.0\n[losses]\nfeatures = 4\n")
    for _ in range(2):
        assert train("sanet", "--spec", "spec.toml", "--rate", "0.001") == 0
    run = json.loads((place / "made.run" / "run.json").read_text())
    training = {name: run["training"][name] for name in ("steps", "learning_rate", "clip")}
    assert training == {"steps": 2, "learning_rate": 0.001, "clip": 1}
    assert run["losses"] == {"features": 4}
    assert train("sanet", "--spec", "spec.toml", "--rate", "0.002") == 2
    assert "training.learning_rate: was 0.001, is 0.002" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("sanett", [], "unknown training method 'sanett': did you mean sanet"),
        ("vgg", [], "unknown training method 'vgg': did you mean vgg16"),
        ("sanet", ["--data", "photos"], "--data is not used here; give --content and --style"),
        ("sanet", ["--rate", "-1"], "field 'training.learning_rate'"),
        ("sanet", ["--schedule", "slow"], "field 'training.schedule'"),
        ("sanet", ["--start", "judge"], "vgg-encoder has no layer of a name and shape that the network has too"),
        ("sanet", ["--start", "nothing"], "nothing is not a folder"),
        ("sanet", ["--loss-network", "shallow"], "the loss network ends at relu4_1 and has no relu5_1"),
        ("sanet", ["--encoder", "shallow"], "vgg-encoder has no encoder that reaches relu5_1; give a deeper one"),
        ("lst", [], "stay as they are in this training; give a start that has them"),
    ],
)
def test_misuse_is_one_line(
    place: Path, name: str, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save_pretrained(artifact("relu4_1"), place / "shallow")
    assert train(name, *options) == 2
    assert message in refusal(capsys)
    assert not (place / "made.run").exists()


@pytest.mark.parametrize(
    ("name", "data", "options", "message"),
    [
        (
            "wct",
            ["--data", "photos"],
            ["--style-weight", "3"],
            "--style-weight is not used here; the settings of these losses are lift, perceptual",
        ),
        ("wct", ["--data", "photos"], ["--content-weight", "3"], "--content-weight is not used here"),
        ("wct", DATA, [], "--data is missing"),
        ("adain", DATA, ["--start", "stepped"], "sanet is no cascade and has no decoders by stage"),
        ("sanet", ["--style", "paintings"], [], "--content is missing"),
        ("sanet", DATA, ["--spec", "cascade.toml"], "field 'decoder'"),
    ],
)
def test_what_another_kind_of_network_takes_is_refused(
    place: Path, name: str, data: list[str], options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "cascade.toml").write_text("[decoder]\nsteps = 9\n")
    save_pretrained(pretrained(MODELS["sanet"]), place / "stepped")
    assert main(["train", name, "--encoder", "encoder", *data, "-o", "made", "--steps", "2", *QUICK, *options]) == 2
    assert message in refusal(capsys)
