"""Channel tickets from the command line: a GAN is slimmed, cut, and trained again, narrower."""

import json
from pathlib import Path

import pytest

from cli.verbs import document, refused
from data.small_classes import cifar
from intaglio.cli.main import main
from intaglio.storage.artifact import from_pretrained

SETTINGS = """
critic_steps = 1
generator_batch = 2
[generator]
latent = 3
width = 4
[discriminator]
width = 2
"""


def train(output: str, *more: str, spec: str = "gan.toml") -> list[str]:
    return ["train", "sngan", "--data", "cifar", "-o", output, "--spec", spec, "--steps", "1", "--batch", "2", *more]


def test_a_gan_is_slimmed_cut_and_trained_narrower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cifar(tmp_path / "cifar", binary=True)
    Path("gan.toml").write_text(SETTINGS)
    Path("plain.toml").write_text("generator_batch = 2\n")
    assert main(train("slim", "--slim", "0.5")) == 0
    told = document(capsys, "ticket", "channels", "slim.run", "--keep", "0.5", "-o", "narrow", "--json")
    assert told["beside"] == ["narrow.discriminator"]
    layers = told["generator"]["layers"]
    assert list(layers) == [f"blocks.{number}.conv1" for number in range(3)]
    assert [before for before, _ in layers.values()] == [4, 4, 4]
    assert sum(after for _, after in layers.values()) == 6
    before, after = told["generator"]["parameters"]
    assert after < before
    narrow, judge = from_pretrained("narrow"), from_pretrained("narrow.discriminator")
    assert narrow.config.model_dump()["hidden"] == tuple(after for _, after in layers.values())
    assert judge.digest() == from_pretrained("slim.run/begun/discriminator").digest()
    assert dict(narrow.source.parents) == {"begun with": from_pretrained("slim.run/begun/generator").digest()}
    assert narrow.source.commands == ("intaglio ticket channels slim.run --keep 0.5 -o narrow --json",)
    assert main(train("again", "--start", "narrow", spec="plain.toml")) == 0
    assert from_pretrained("again").config == narrow.config
    assert json.loads(Path("again.run/run.json").read_text())["slim"] == {"generator": 0.0, "discriminator": 0.0}
    capsys.readouterr()
    assert main(["ticket", "channels", "slim.run", "--keep", "0.5", "--among", "layer", "-o", "even"]) == 0
    shown = capsys.readouterr().out
    assert "blocks.0.conv1" in shown
    assert "parameters" in shown
    assert from_pretrained("even").config.model_dump()["hidden"] == (2, 2, 2)

    line = refused(capsys, "ticket", "channels", "slim.run", "--keep", "0", "-o", "x")
    assert "a share of 0 of the channels cannot be kept; give more than 0 and at most 1" in line
    assert "--among all is not known; say network or layer" in refused(
        capsys, "ticket", "channels", "slim.run", "--among", "all", "-o", "x"
    )
    line = refused(capsys, "ticket", "channels", "again.run", "-o", "x")
    assert "again.run holds no scales of channels; name the folder of a finished run of `intaglio train --slim`" in line
    assert "--slim is not used for adain, a style network" in refused(capsys, "train", "adain", "--slim", "1", "-o", "x")
    assert not Path("x").exists()
