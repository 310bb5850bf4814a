"""GANs from the command line: trained, sampled, translated with, begun with."""

from pathlib import Path

import pytest
from PIL import Image

from cli.verbs import document, refused
from data.small_classes import cifar, class_folders
from data.training_pictures import filled
from images.pictures import noise, save
from intaglio.cli.main import main
from intaglio.storage.artifact import from_pretrained

SETTINGS = """
critic_steps = 2
generator_batch = 3
[generator]
latent = 5
width = 4
[discriminator]
width = 4
"""
SMALL = """
[generator]
width = 2
blocks = 1
[discriminator]
widths = [2, 2, 2, 2]
"""
SHORT = ["--steps", "2", "--batch", "2", "--seed", "3"]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cifar(tmp_path / "cifar", binary=True)
    (tmp_path / "gan.toml").write_text(SETTINGS)
    (tmp_path / "cycle.toml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def gan(output: str, *more: str, name: str = "sngan", data: str = "cifar") -> list[str]:
    return ["train", name, "--data", data, "-o", output, "--spec", "gan.toml", *SHORT, *more]


def cyclegan(output: str, *more: str) -> list[str]:
    return ["train", "cyclegan", "-o", output, "--spec", "cycle.toml", *SHORT[:2], "--crop", "24", "--workers", "1", *more]


def test_a_gan_is_trained_sampled_and_begun_with(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = document(capsys, *gan("one", "--json"))
    assert facts["beside"] == ["one.discriminator", "one.last"]
    made, judge = from_pretrained("one"), from_pretrained("one.discriminator")
    assert (made.card.family, judge.card.family) == ("generator", "discriminator")
    readme = (given / "one" / "README.md").read_text()
    assert "Parameters are averages over training, with a decay of 0.999" in readme
    assert "intaglio train sngan --data cifar" in readme
    assert "Data: 40 pictures" in readme
    told = document(capsys, "sample", "one", "-n", "7", "--seed", "4", "-o", "grid.png", "--json")
    assert told == {"output": "grid.png", "pictures": 7, "seed": 4, "side": 32, "rows": 3, "columns": 3, "classes": 0}
    with Image.open("grid.png") as grid:
        assert grid.size == (3 * 40, 3 * 40)
        assert grid.getpixel((119, 119)) == (255, 255, 255)
    assert main(gan("two", "--start", "one")) == 0
    assert "two.discriminator  " in capsys.readouterr().out
    parents = dict(from_pretrained("two").source.parents)
    assert parents == {"start of the generator": made.digest(), "start of the discriminator": judge.digest()}


def test_more_pictures_begin_with_the_same_ones(given: Path) -> None:
    assert main(gan("one")) == 0
    for count, name in ((2, "few"), (4, "many")):
        assert main(["sample", "one", "-n", str(count), "-o", f"{name}.png"]) == 0
    with Image.open("few.png") as few, Image.open("many.png") as many:
        assert few.tobytes() == many.crop((0, 0, *few.size)).tobytes()


def test_a_generator_that_knows_classes_gives_each_a_row(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class_folders(given / "pets")
    assert main(gan("pets-gan", name="projgan", data="pets")) == 0
    told = document(capsys, "sample", "pets-gan", "-n", "5", "-o", "grid.png", "--json")
    assert (told["pictures"], told["rows"], told["columns"], told["classes"]) == (6, 2, 3, 2)
    assert main(["sample", "pets-gan", "-n", "5", "-o", "grid.png"]) == 0
    assert "2 classes, a row each" in capsys.readouterr().out
    filled(given / "loose", 4)
    line = refused(capsys, *gan("x", name="acgan", data="loose"))
    assert "acgan has to be told classes, and loose has none; give CIFAR-10" in line
    assert main(gan("loose-gan", data="loose")) == 0


def test_translators_are_trained_and_translate(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("horses", "zebras"):
        filled(given / kind, 3)
    data = ["--from", "horses", "--to", "zebras"]
    facts = document(capsys, *cyclegan("stripes", *data, "--json"))
    assert facts["beside"] == ["stripes.discriminator", "stripes.reverse-generator", "stripes.reverse-discriminator"]
    save(given / "horse.png", noise(19, 30, 3, seed=1))
    assert main(["translate", "stripes", "horse.png", "-o", "zebra.jpg"]) == 0
    assert "zebra.jpg  30x19" in capsys.readouterr().out
    with Image.open("zebra.jpg") as made:
        assert made.size == (30, 19)
    told = document(capsys, "translate", "stripes.reverse-generator", "zebra.jpg", "-o", "back.png", "--json")
    assert (told["width"], told["height"]) == (30, 19)
    assert main(cyclegan("again", *data, "--start", "stripes")) == 0
    assert len(from_pretrained("again").source.parents) == 4
    line = refused(capsys, "translate", "stripes", "horse.png", "-o", "x.png", "--memory", "100MB")
    assert "a picture of 30x19 needs " in line
    assert "of memory, 100 MB is allowed; raise --memory" in line
    assert "a translator is needed" in refused(capsys, "translate", "adain", "horse.png", "-o", "x.png")
    assert "sample takes a generator" in refused(capsys, "sample", "stripes", "-o", "x.png")
    assert not (given / "x.png").exists()


def test_what_cannot_be_learned_from_is_told(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "give one --data: CIFAR-10" in refused(capsys, "train", "sngan", "-o", "x")
    assert "--from and --to are folders of pictures" in refused(capsys, *cyclegan("x", "--from", "cifar"))
    assert "--crop is not used for sngan, a GAN; leave it out" in refused(capsys, *gan("x", "--crop", "16"))
    assert "--data is not used for cyclegan, a translation" in refused(capsys, *cyclegan("x", "--data", "cifar"))
    assert "--from is not used for adain, a style network" in refused(capsys, "train", "adain", "--from", "cifar", "-o", "x")
    filled(given / "one", 1)
    filled(given / "more", 2)
    assert "give at least 2 pictures" in refused(capsys, *cyclegan("x", "--from", "one", "--to", "more"))
    (given / "gan.toml").write_text("[generator]\nblocks = 4\n")
    assert "cifar has pictures of 32 x 32, and the network takes 64 x 64" in refused(capsys, *gan("x"))
    assert not (given / "x").exists()


def test_a_ticket_is_trained_as_one(given: Path) -> None:
    assert main(gan("one")) == 0
    assert main(["prune", "one.last", "--sparsity", "0.5", "-o", "ticket"]) == 0
    assert main(gan("sparse", "--start", "ticket")) == 0
    ticket, sparse = from_pretrained("ticket").ticket, from_pretrained("sparse").ticket
    assert ticket is not None
    assert sparse is not None
    assert sparse.mask == ticket.mask
