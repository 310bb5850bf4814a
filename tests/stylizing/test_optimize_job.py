from pathlib import Path

import numpy as np
import pytest
import pyvips
import torch
from PIL import Image

from encoders import artifact
from intaglio.images.catalog import OutputOptions
from intaglio.models.style.vgg_codec import Encoder
from intaglio.storage.loss_network import deepest_encoder
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.optimize import OptimizeOptions, optimize
from intaglio.stylizing.optimize_job import OptimizeJob
from intaglio.stylizing.picture_job import Limits
from intaglio.vocabulary.errors import InputError, OptionError, PictureError, ResourceError
from style_networks import STYLE_CARDS, pretrained
from stylizing.jobs import names_in, picture, pixels

ENCODER = artifact("relu5_1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture(tmp_path / "content.png", 40, 52, seed=1)
    picture(tmp_path / "style.png", 44, 36, seed=2)
    return tmp_path


def job(
    folder: Path,
    *,
    content: str = "content.png",
    style: str = "style.png",
    out: str = "out.png",
    model: Pretrained = ENCODER,
    limits: Limits | None = None,
    output: OutputOptions | None = None,
    **options: object,
) -> OptimizeJob:
    chosen = OptimizeOptions.parse({"iterations": 6, **options}, where="options")
    return OptimizeJob(model, folder / content, [folder / style], folder / out, options=chosen, limits=limits, output=output)


def run(folder: Path, **given: object) -> Path:
    made = job(folder, **given)  # type: ignore[arg-type]  # passed on as they are
    made.run()
    return made.out


def test_a_file_becomes_what_its_pixels_become(folder: Path) -> None:
    """The style at the content's shorter side, unless a stroke says otherwise."""
    picture(folder / "fitting.png", 40, 40, seed=3)
    made = job(folder, style="fitting.png")
    made.run()
    tensors = [torch.from_numpy(pixels(folder / name)).permute(2, 0, 1)[None] for name in ("content.png", "fitting.png")]
    expected = optimize(tensors[0], tensors[1:], made.network, made.options)[0].permute(1, 2, 0).numpy()
    assert np.abs(pixels(made.out) - expected).max() <= 1.01 / 255 / 2 + 1e-3
    assert names_in(folder) == ["content.png", "fitting.png", "out.png", "style.png"]


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_every_format_is_written(folder: Path, suffix: str) -> None:
    with Image.open(run(folder, out=f"out.{suffix}")) as found:
        assert (found.size, found.mode) == ((52, 40), "RGB")


@pytest.mark.parametrize(("suffix", "samples"), [("png", "ushort"), ("tif", "ushort"), ("jpg", "uchar")])
def test_16_bits_stay_16_bits_where_the_format_can(folder: Path, suffix: str, samples: str) -> None:
    picture(folder / "deep.tif", 40, 52, bits=16, seed=1)
    assert pyvips.Image.new_from_file(str(run(folder, content="deep.tif", out=f"out.{suffix}"))).format == samples


def test_a_turned_photograph_comes_out_upright(folder: Path) -> None:
    upright = pixels(run(folder, out="upright.png"))
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(folder / "content.png") as content:
        content.transpose(Image.Transpose.ROTATE_90).save(folder / "turned.png", exif=exif)
    assert np.array_equal(pixels(run(folder, content="turned.png")), upright)


def test_alpha_is_kept(folder: Path) -> None:
    picture(folder / "cut-out.png", 40, 52, bands=4, seed=1)
    found = pixels(run(folder, content="cut-out.png"))
    assert np.array_equal(found[:, :, 3], pixels(folder / "cut-out.png")[:, :, 3])


def test_a_transparent_style_lies_on_white(folder: Path) -> None:
    white, hidden = np.full((40, 40, 3), 255, np.uint8), np.zeros((40, 40, 4), np.uint8)
    Image.fromarray(white).save(folder / "white.png")
    Image.fromarray(hidden).save(folder / "hidden.png")
    results = [pixels(run(folder, style=style)) for style in ("white.png", "hidden.png")]
    assert np.array_equal(results[0], results[1])


def test_colors_are_kept_in_either_way(folder: Path) -> None:
    results = {way: pixels(run(folder, keep_colors=way)) for way in ("none", "luminance", "match")}
    with Image.open(folder / "content.png") as content:
        content.convert("L").save(folder / "gray.png")
    gray = pixels(run(folder, content="gray.png", keep_colors="luminance"))
    assert np.ptp(gray, axis=2).max() <= 1.5 / 255
    assert np.abs(results["luminance"] - results["none"]).mean() > 0.002
    assert np.abs(results["match"] - results["none"]).mean() > 0.002


def test_a_stroke_resizes_the_style(folder: Path) -> None:
    assert [(style.width, style.height) for style in job(folder, stroke=2.0).styles] == [(80, 98)]
    assert [(style.width, style.height) for style in job(folder).styles] == [(40, 49)]


def test_a_style_network_lends_its_deepest_encoder() -> None:
    network = pretrained(STYLE_CARDS["wct"])
    found = deepest_encoder(network)
    assert isinstance(found, Encoder)
    assert found.config.cut == "relu3_1"
    assert deepest_encoder(ENCODER) is ENCODER.network


def test_what_has_no_encoder_is_refused() -> None:
    other = Pretrained(card=ENCODER.card, config=ENCODER.config, network=torch.nn.Identity())
    with pytest.raises(OptionError, match="has no encoder to optimize with"):
        deepest_encoder(other)


def test_an_interruption_leaves_the_older_output_and_nothing_else(folder: Path) -> None:
    (folder / "out.png").write_bytes(b"old")

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job(folder).run(listener=interrupt)
    assert (folder / "out.png").read_bytes() == b"old"
    assert names_in(folder) == ["content.png", "out.png", "style.png"]


def test_what_is_wrong_is_said_before_anything_runs(folder: Path) -> None:
    with pytest.raises(OptionError, match="the output is the input"):
        job(folder, out="style.png")
    with pytest.raises(PictureError, match="no such file"):
        job(folder, content="nothing.png")
    with pytest.raises(InputError, match="has no relu4_2"):
        job(folder, model=artifact("relu3_1"))
    with pytest.raises(ResourceError, match=r"optimizing a picture of 52x40 takes .* raise --memory"):
        job(folder, limits=Limits(memory=100_000_000))
    with pytest.raises(OptionError, match="PNG holds no pyramid"):
        job(folder, output=OutputOptions(pyramid=True))
    with pytest.raises(OptionError, match="2 weights for 1 styles"):
        job(folder, weights=(1.0, 2.0))
    assert names_in(folder) == ["content.png", "style.png"]
