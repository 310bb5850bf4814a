from pathlib import Path

import pytest

from cli.verbs import document, refused
from data.small_classes import cifar
from data.training_pictures import filled
from feature_networks import classifier
from intaglio.cli.main import main
from intaglio.storage.artifact import save_pretrained

METRICS = ("--metric", "fid, precision,recall")


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The start of a command; the digest of its network."""
    cifar(tmp_path / "cifar", binary=True)
    filled(tmp_path / "fake", 6)
    network = classifier()
    save_pretrained(network, tmp_path / "net")
    monkeypatch.chdir(tmp_path)
    return network.digest()


def command(*more: str, real: str = "cifar", fake: str = "fake", features: str = "net") -> list[str]:
    return ["score", "--real", real, "--fake", fake, "--features", features, "--device", "cpu", *more]


def test_generated_pictures_are_scored(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, *command(*METRICS, "--seed", "5", "--statistics", "kept", "--json"))
    assert [one["name"] for one in found] == [f"{name}[convnet {given[:6]}]" for name in ("FID", "precision", "recall")]
    assert found[0]["value"] > 0
    assert (found[0]["protocol"]["real_count"], found[0]["protocol"]["fake_count"]) == (40, 6)
    assert found[0]["protocol"]["seed"] == 5
    assert found[0]["protocol"]["network_digest"] == given
    assert len(list(Path("kept").iterdir())) == 1
    assert document(capsys, *command(*METRICS, "--seed", "5", "--statistics", "kept", "--json")) == found


def test_people_get_a_line_for_each_number(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(*METRICS)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"FID[convnet {given[:6]}] ")
    assert "; 6 generated " in lines[0]


def test_the_part_of_cifar_that_is_not_learned_from_can_be_the_real_one(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, *command("--metric", "fid", "--test", "--json", fake="cifar"))
    assert (found[0]["protocol"]["real_count"], found[0]["protocol"]["fake_count"]) == (20, 40)


@pytest.mark.usefixtures("given")
def test_mistakes_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert "kid needs 1,000 pictures of each set, and there are 40 real ones" in refused(capsys, *command())
    assert "unknown metric of sets 'fit': did you mean fid" in refused(capsys, *command("--metric", "fit"))
    assert "no metric" in refused(capsys, *command("--metric", ","))
    assert "nowhere: no such folder" in refused(capsys, *command(fake="nowhere"))
    assert "fake is not CIFAR-10" in refused(capsys, *command("--test", real="fake"))
    assert "fake is not an artifact" in refused(capsys, *command(features="fake"))
    assert "adain is no classifier" in refused(capsys, *command(features="adain-16x"))
    assert "unknown device" in refused(capsys, *command("--device", "tpu"))
