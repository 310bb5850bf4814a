import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data.training_pictures import filled
from intaglio.cli.main import main
from intaglio.models.catalog import MODELS
from intaglio.storage.artifact import from_pretrained, save_pretrained
from loss_networks import narrow_pretrained
from style_networks import pretrained

QUICK = ["--crop", "32", "--resize", "40", "--batch", "2", "--device", "cpu", "--workers", "1"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pictures, a teacher of each kind and an encoder, as the working directory."""
    filled(tmp_path / "photos", 4)
    filled(tmp_path / "paintings", 4)
    for name in ("wct", "adain"):
        save_pretrained(pretrained(MODELS[name]), tmp_path / name)
    save_pretrained(narrow_pretrained(), tmp_path / "encoder")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def distill(*more: str, teacher: str = "wct", data: tuple[str, ...] = ("--data", "photos")) -> int:
    steps = ["--encoder-steps", "2", "--decoder-steps", "2"]
    return main(["distill", teacher, "-o", "student", *data, *steps, *QUICK, *more])


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    assert error.startswith("intaglio: error: ")
    return error


def test_distill_makes_a_network_and_says_what_it_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert distill("--width", "0.5", "--multiple", "2", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    student = from_pretrained("student")
    assert document["parameters"] == sum(parameter.numel() for parameter in student.network.parameters())
    assert student.source.parents == (("teacher", from_pretrained("wct").digest()),)
    (command,) = student.source.commands
    assert command.startswith("intaglio distill wct -o student --data photos")
    assert "--width 0.5" in command
    assert (place / "student.run" / "run.json").is_file()


def test_distill_of_adain_takes_contents_and_styles(place: Path) -> None:
    assert distill("--widths", "2,2,2,2,4,4,4,4,4", teacher="adain", data=("--content", "photos", "--style", "paintings")) == 0
    assert from_pretrained("student").card.name == "adain"


def test_train_adain_from_an_encoder_and_from_a_decoder(place: Path) -> None:
    assert main(["train", "wct", "--encoder", "encoder", "--data", "photos", "-o", "base", "--steps", "2", *QUICK]) == 0
    data = ["--content", "photos", "--style", "paintings"]
    options = ["--encoder", "encoder", "--start", "base", "--steps", "2", "--style-weight", "3"]
    assert main(["train", "adain", *options, *data, "-o", "made", *QUICK]) == 0
    made = from_pretrained("made")
    assert made.card.name == "adain"
    assert [role for role, _ in made.source.parents] == ["encoder", "start"]
    assert json.loads((place / "made.run" / "run.json").read_text())["losses"]["style"] == 3


def test_a_spec_file_is_overruled_by_options(place: Path) -> None:
    (place / "spec.toml").write_text("widths = [2, 2, 4, 4, 4]\ngrow = true\n[decoder]\nsteps = 9\nlearning_rate = 0.5\n")
    assert distill("--spec", "spec.toml", "--rate", "0.001") == 0
    run = json.loads((place / "student.run" / "run.json").read_text())
    assert (run["grow"], run["decoder"]["steps"], run["decoder"]["learning_rate"]) == (True, 2, 0.001)
    assert run["widths"] == [2, 2, 4, 4, 4]


@pytest.mark.usefixtures("one_thread")
def test_the_same_command_after_a_kill_gives_the_same_bytes(place: Path) -> None:
    command = ["distill", "wct", "--data", "photos", "--width", "0.5", "--multiple", "2", *QUICK]
    command += ["--encoder-steps", "6", "--decoder-steps", "6", "--save-every", "2"]
    assert main([*command, "-o", "whole/student"]) == 0
    program = (
        "import os, signal, sys; import intaglio.training.run as run\n"
        "real = run.JsonLines.__call__\n"
        "seen = []\n"
        "def call(self, moment):\n"
        "    real(self, moment); seen.append(1)\n"
        "    if len(seen) == 16: os.kill(os.getpid(), signal.SIGKILL)\n"
        "run.JsonLines.__call__ = call\n"
        "from intaglio.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    killed = subprocess.run([sys.executable, "-c", program, *command, "-o", "student"], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (place / "student").exists()
    assert main([*command, "-o", "student"]) == 0
    weights = [(place / name / "model.safetensors").read_bytes() for name in ("whole/student", "student")]
    assert weights[0] == weights[1]


def test_a_network_in_one_piece_is_distilled_to_a_speedup(place: Path) -> None:
    save_pretrained(pretrained(MODELS["sanet"]), place / "sanet")
    save_pretrained(narrow_pretrained("relu5_1"), place / "judge")
    pictures = ("--content", "photos", "--style", "paintings")
    options = ("--speedup", "1.5", "--multiple", "1", "--loss-network", "judge")
    assert distill(*options, teacher="sanet", data=pictures) == 0
    student, teacher = from_pretrained("student"), from_pretrained("sanet")
    assert student.card is teacher.card
    assert len(student.weights()) < len(teacher.weights())
    assert student.source.parents == (("teacher", teacher.digest()), ("loss network", from_pretrained("judge").digest()))


@pytest.mark.parametrize(
    ("teacher", "options", "message"),
    [
        ("sanet", ["--width", "0.5"], "sanet is trained as one piece, and has no widths by stages; give --speedup"),
        ("sanet", ["--speedup", "1.5", "--widths", "2,2"], "--speedup says how narrow the student is"),
        ("sanet", ["--speedup", "1000000"], "is more than there is to gain"),
        ("sanet", ["--speedup", "1.5", "--multiple", "1", "--grow"], "field 'grow'"),
        ("adain", ["--width", "0.5", "--loss-network", "encoder"], "--loss-network is used with --speedup only"),
    ],
)
def test_options_that_do_not_fit_the_network_are_one_line(
    place: Path, teacher: str, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save_pretrained(pretrained(MODELS["sanet"]), place / "sanet")
    assert distill(*options, teacher=teacher, data=("--content", "photos", "--style", "paintings")) == 2
    assert message in refusal(capsys)
    assert not (place / "student").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--width", "1.5"], r"width 1.5 is not a share of the teacher's"),
        (["--widths", "2,2,x"], "is not numbers with commas between"),
        (["--widths", "2,2"], "relu3_1 has 5 convolutions, but 2 widths are given"),
        (["--widths", "2,2,4,4,64"], "width 64 of conv3_1 is not from 1 to the teacher's 8"),
        ([], "give either one width"),
        (["--width", "0.5", "--start", "middle"], "field 'start'"),
        (["--width", "0.5", "--rate", "-1"], "field 'encoder.learning_rate'"),
        (["--width", "0.5", "--style", "paintings"], "--style is not used here; give --data"),
        (["--width", "0.5", "--spec", "none.toml"], "none.toml cannot be read"),
    ],
)
def test_misuse_is_one_line(place: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert distill(*options) == 2
    assert message in refusal(capsys)
    assert not (place / "student").exists()


@pytest.mark.parametrize(
    ("folder", "message"), [("empty", "no picture"), ("missing", "no such folder"), ("photos/00.png", "a file, not a folder")]
)
def test_folders_without_pictures_are_one_line(
    place: Path, folder: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "empty").mkdir()
    assert distill("--width", "0.5", data=("--data", folder)) == 2
    assert message in refusal(capsys)


def test_an_encoder_is_no_teacher(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert distill("--width", "0.5", teacher="encoder") == 2
    assert "vgg-encoder" in refusal(capsys)


def test_a_changed_spec_is_refused_with_the_difference(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert distill("--width", "0.5", "--multiple", "2") == 0
    capsys.readouterr()
    assert distill("--width", "0.5", "--multiple", "2", "--rate", "0.5") == 2
    assert "encoder.learning_rate: was 0.0001, is 0.5" in refusal(capsys)


def test_one_picture_smaller_than_the_crop_and_gray_is_enough(place: Path) -> None:
    from PIL import Image

    (place / "tiny").mkdir()
    Image.new("L", (5, 3), 90).save(place / "tiny" / "gray.png")
    assert distill("--width", "0.5", "--multiple", "2", data=("--data", "tiny")) == 0


def test_broken_pictures_are_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = place / "photos" / "01.png"
    broken.write_bytes(broken.read_bytes()[:90])
    (place / "photos" / "note.jpg").write_text("no picture")
    assert distill("--width", "0.5", "--multiple", "2") == 0
    error = capsys.readouterr().err
    assert "picture: skipped 1 file: photos/note.jpg: " in error
    assert "01.png" in error


def test_a_disk_that_is_full_when_the_log_is_written_is_one_line(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from intaglio.training.log import JsonLines

    def full(_log: JsonLines, _moment: object) -> None:
        raise OSError(28, "No space left on device", "student.run/log.jsonl")

    monkeypatch.setattr(JsonLines, "__call__", full)
    assert distill("--width", "0.5", "--multiple", "2") == 2
    assert "no room on the disk for student.run/log.jsonl; make room" in refusal(capsys)


@pytest.mark.slow
def test_a_random_teacher_of_vggs_widths_is_compressed_to_a_quarter_of_its_channels(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from intaglio.models.style.vgg_codec import VGG19_WIDTHS, CodecConfig, depth_of
    from intaglio.models.style.wct import WCTConfig
    from intaglio.storage.pretrained import Pretrained

    cuts = ("relu5_1", "relu4_1", "relu3_1", "relu2_1", "relu1_1")
    config = WCTConfig(stages=tuple(CodecConfig(cut=cut, widths=VGG19_WIDTHS[: depth_of(cut)]) for cut in cuts))  # type: ignore[arg-type]
    card = MODELS["wct"]
    save_pretrained(Pretrained(card=card, config=config, network=card.build(config)), place / "wide")
    assert distill("--width", "0.25", teacher="wide") == 0
    capsys.readouterr()
    counts = []
    for name in ("wide", "student"):
        assert main(["inspect", name, "--json"]) == 0
        counts.append(json.loads(capsys.readouterr().out)["path_parameters"])
    assert counts[0] > 15.5 * counts[1]
