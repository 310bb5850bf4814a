"""What a translation does with its files: in memory or streamed, interrupted, refused."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvips

from intaglio.storage.artifact import save_pretrained
from intaglio.stylizing.picture_job import Limits
from intaglio.stylizing.translation_job import TranslationJob
from intaglio.vocabulary.errors import JournalError, OptionError, ResourceError
from intaglio.vocabulary.progress import Progress
from style_networks import STYLE_CARDS, pretrained
from stylizing.jobs import interrupting, names_in, picture, pixels
from translators import TRANSLATORS, pretrained_translator

MODEL = pretrained_translator(TRANSLATORS["cyclegan-generator"])
TILED = Limits(tile=(16, 32), journal_seconds=0.0)
LEVEL = 1.001 / 255
LARGEST_RESIDENT = 600_000_000


def job(folder: Path, limits: Limits | None = None, *, size: tuple[int, int] = (37, 50), bands: int = 3) -> TranslationJob:
    """From given.png of a folder, made if it is not there, to out.png."""
    given = folder / "given.png"
    if not given.exists():
        picture(given, *size, seed=1, bands=bands)
    return TranslationJob(MODEL, given, folder / "out.png", limits=limits)


@pytest.mark.parametrize(("size", "bands"), [((37, 50), 3), ((5, 61), 4), ((16, 16), 3)])
def test_a_file_does_not_show_whether_it_was_streamed(tmp_path: Path, size: tuple[int, int], bands: int) -> None:
    made = []
    for limits in (None, TILED):
        one = job(tmp_path, limits, size=size, bands=bands)
        assert one.streamed is (limits is not None)
        one.run()
        made.append(pixels(tmp_path / "out.png"))
    assert made[0].shape == (*size, bands)
    assert np.abs(made[0] - made[1]).max() <= LEVEL
    assert names_in(tmp_path) == ["given.png", "out.png"]
    if bands == 4:
        assert np.array_equal(made[1][:, :, 3], pixels(tmp_path / "given.png")[:, :, 3])


def test_the_memory_decides(tmp_path: Path) -> None:
    header = pyvips.Image.black(4000, 3000, bands=3)
    header.write_to_file(str(tmp_path / "given.png"))
    free, narrow = job(tmp_path, Limits(memory=10**11)), job(tmp_path, Limits(memory=700_000_000))
    assert not free.streamed
    assert free.reason == "in memory, since 100 GB is allowed"
    assert narrow.streamed
    assert narrow.plan.memory <= 700_000_000 < free.plan.memory
    assert narrow.reason.startswith("streamed, since in memory it takes ")
    assert free.computed == pytest.approx(12)
    assert narrow.computed > 12
    with pytest.raises(ResourceError, match=r"a picture of 4000x3000 needs .* of memory, 100 MB is allowed"):
        job(tmp_path, Limits(memory=100_000_000))


def test_a_style_network_does_not_translate(tmp_path: Path) -> None:
    given = picture(tmp_path / "given.png", 20, 20)
    with pytest.raises(OptionError, match=r"wct is a style; a translator is needed, `intaglio train cyclegan` makes one"):
        TranslationJob(pretrained(STYLE_CARDS["wct"]), given, tmp_path / "out.png")
    with pytest.raises(OptionError, match=r"the output is the input"):
        TranslationJob(MODEL, given, given)
    assert names_in(tmp_path) == ["given.png"]


def interrupt() -> None:
    raise KeyboardInterrupt


def test_wherever_a_streamed_run_is_interrupted_it_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    heard: list[Progress] = []
    one = job(tmp_path, TILED)
    one.run(listener=heard.append)
    tasks = list(dict.fromkeys(progress.task for progress in heard))
    assert tasks == ["read picture", *(step.name for step in one.plan.passes), "write picture"]
    expected = (tmp_path / "out.png").read_bytes()
    for after in range(0, len(heard), 9):
        (tmp_path / "out.png").unlink()
        with pytest.raises(KeyboardInterrupt):
            job(tmp_path, TILED).run(listener=interrupting(after, interrupt))
        assert not (tmp_path / "out.png").exists()
        job(tmp_path, TILED).run(resume=True)
        assert (tmp_path / "out.png").read_bytes() == expected


def test_a_streamed_run_does_not_go_on_in_memory(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        job(tmp_path, TILED).run(listener=interrupting(9, interrupt))
    with pytest.raises(JournalError, match=r"cannot resume: layers, the choice to stream changed since the run began"):
        job(tmp_path).run(resume=True)


PEAK = """
import resource, sys
from intaglio.cli.main import main
assert main(sys.argv[1:]) == 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_6_megapixels_stay_below_the_memory_they_are_given(tmp_path: Path) -> None:
    """Resident at its peak, everything counted: the interpreter, torch, libvips, reading and writing."""
    save_pretrained(MODEL, tmp_path / "M")
    pyvips.Image.gaussnoise(3000, 2000, mean=128, sigma=50).bandjoin(
        [pyvips.Image.xyz(3000, 2000)[0] / 12, pyvips.Image.xyz(3000, 2000)[1] / 8]
    ).cast("uchar").copy(interpretation="srgb").write_to_file(str(tmp_path / "large.tif"), compression="deflate")
    arguments = ["translate", str(tmp_path / "M"), str(tmp_path / "large.tif"), "--memory", "600MB", "--json"]
    command = [sys.executable, "-c", PEAK, *arguments, "-o", str(tmp_path / "out.tif")]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(result.stdout.split()[-1]) * unit < LARGEST_RESIDENT
    assert '"streamed": true' in result.stdout
    assert pyvips.Image.new_from_file(str(tmp_path / "out.tif")).width == 3000
