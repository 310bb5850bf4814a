"""What a job does with its files, as far as the command line does not show it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image

from intaglio.stylizing.job import StyleJob
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.picture_job import Limits
from intaglio.vocabulary.errors import OptionError, PictureError
from stylizing.jobs import NETWORKS, job, names_in, picture, pixels

OPTIONS = StylizeOptions.parse({}, where="test")
LARGEST_RESIDENT = 1_500_000_000


def stroked(folder: Path, content: tuple[int, int], stroke: float | None) -> tuple[int, int]:
    """Height and width at which a style of 80 x 120 is read for a content of some size."""
    one = StyleJob(
        NETWORKS["adain"],
        picture(folder / "content.png", *content),
        [picture(folder / "style.png", 80, 120)],
        folder / "out.png",
        options=StylizeOptions.parse({"stroke": stroke}, where="test"),
    )
    return one.styles[0].height, one.styles[0].width


def test_a_stroke_is_a_share_of_the_contents_shorter_side(tmp_path: Path) -> None:
    assert stroked(tmp_path, (100, 300), 0.5) == (50, 75)
    assert stroked(tmp_path, (300, 100), 0.5) == (50, 75)
    assert stroked(tmp_path, (100, 300), 2.0) == (200, 300)
    assert stroked(tmp_path, (100, 300), None) == (80, 120)


@pytest.mark.parametrize("stroke", [0.3, 1.0, 2.5])
def test_a_stroke_means_the_same_at_half_the_resolution(tmp_path: Path, stroke: float) -> None:
    large, small = stroked(tmp_path, (200, 160), stroke), stroked(tmp_path, (100, 80), stroke)
    for one, other in zip(large, small, strict=True):
        assert one / other == pytest.approx(2, rel=0.03)


def test_a_style_never_shrinks_to_nothing(tmp_path: Path) -> None:
    assert stroked(tmp_path, (100, 100), 1e-6) == (1, 1)


@pytest.mark.parametrize("model", NETWORKS)
def test_neither_tiles_nor_memory_are_seen_in_the_file(tmp_path: Path, model: str) -> None:
    files = []
    for limits in (Limits(tile=(16, 16)), Limits(tile=(80, 32)), Limits(memory=600_000_000), Limits()):
        job(tmp_path, model=model, limits=limits).run()
        files.append(pixels(tmp_path / "out.png"))
    for other in files[1:]:
        # Two values on either side of a half may round apart.
        assert np.abs(files[0] - other).max() <= 1.001 / 255
        assert (files[0] != other).mean() < 1e-3


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for _ in range(2):
        job(tmp_path, styles=2, mask=True).run()
        contents.append((tmp_path / "out.png").read_bytes())
    assert contents[0] == contents[1]


def test_what_a_transparent_style_hides_does_not_count(tmp_path: Path) -> None:
    results = []
    for hidden in (0, 200):
        style = np.full((60, 60, 4), hidden, np.uint8)
        style[:, :, 3] = 0
        style[10:40, 10:40] = [180, 40, 90, 255]
        style[20:30, 20:30, :3] = 20
        picture(tmp_path / "content.png", 50, 60)
        Image.fromarray(style).save(tmp_path / "style0.png")
        job(tmp_path).run()
        results.append(pixels(tmp_path / "out.png"))
    assert np.array_equal(results[0], results[1])


def test_an_output_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    one, seen = job(tmp_path), set[bool]()
    one.run(listener=lambda _: seen.add((tmp_path / "out.png").exists()))
    assert seen == {False}
    assert names_in(tmp_path) == ["content.png", "mask.png", "out.png", "style0.png"]


def test_progress_ends_when_everything_is_done(tmp_path: Path) -> None:
    heard: list[tuple[float, str]] = []
    one = job(tmp_path)
    one.run(listener=lambda progress: heard.append((progress.fraction, progress.task)))
    fractions = [fraction for fraction, _ in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    tasks = list(dict.fromkeys(task for _, task in heard))
    assert tasks == ["read picture", "read styles", *(one.name for one in one.plan.passes), "write picture"]


def test_a_job_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    content = picture(tmp_path / "content.png", 40, 40)
    with pytest.raises(OptionError, match="the output is the input"):
        StyleJob(NETWORKS["wct"], content, [content], content, options=OPTIONS)
    with pytest.raises(PictureError, match=r"over the budget of 0\.0 Mpx"):
        StyleJob(NETWORKS["wct"], content, [content], tmp_path / "out.png", options=OPTIONS, limits=Limits(pixel_budget=1599))
    assert names_in(tmp_path) == ["content.png"]


PEAK = """
import resource, sys
from intaglio.cli.main import main
assert main(sys.argv[1:]) == 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_24_megapixels_stay_below_the_memory_they_are_given(shared: Path, tmp_path: Path) -> None:
    """Resident at its peak, everything counted: the interpreter, torch, libvips, reading and writing."""
    network = str(tmp_path / "M")
    imported = ["import", "collaborative-distillation-16x", str(shared / "published" / "collaborative-distillation-16x")]
    subprocess.run([sys.executable, "-m", "intaglio.cli.main", *imported, "-o", network], check=True, capture_output=True)
    pyvips.Image.gaussnoise(6000, 4000, mean=128, sigma=50).bandjoin(
        [pyvips.Image.xyz(6000, 4000)[0] / 24, pyvips.Image.xyz(6000, 4000)[1] / 16]
    ).cast("uchar").copy(interpretation="srgb").write_to_file(str(tmp_path / "large.tif"), compression="deflate")
    picture(tmp_path / "style.png", 500, 700)
    arguments = ["stylize", str(tmp_path / "large.tif"), "--style", str(tmp_path / "style.png"), "--model", network]
    command = [sys.executable, "-c", PEAK, *arguments, "--memory", "1GB", "-o", str(tmp_path / "out.tif"), "--json"]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(result.stdout.split()[-1]) * unit < LARGEST_RESIDENT
    assert pyvips.Image.new_from_file(str(tmp_path / "out.tif")).width == 6000
