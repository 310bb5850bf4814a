"""Interrupted runs go on to the same bytes."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from intaglio.stylizing.job import StyleJob
from intaglio.stylizing.picture_job import Limits
from intaglio.vocabulary.errors import JournalError, PictureError
from intaglio.vocabulary.progress import Progress
from stylizing.jobs import interrupting, job, names_in, picture

ENDLESS = 10**9
VARIANTS: dict[str, dict[str, Any]] = {
    "wct": {"model": "wct"},
    "adain": {"model": "adain", "strength": 0.7},
    "two styles": {"styles": 2, "weights": [1, 2]},
    "regions": {"styles": 2, "mask": True},
    "luminance": {"keep_colors": "luminance", "stroke": 0.8},
}


def interrupt() -> None:
    raise KeyboardInterrupt


def interrupted(one: StyleJob, after: int, *, resume: bool = False) -> bool:
    """Whether the run was stopped, after so many reports of progress."""
    try:
        one.run(resume=resume, listener=interrupting(after, interrupt))
    except KeyboardInterrupt:
        return True
    return False


def events_of(one: StyleJob) -> int:
    heard: list[Progress] = []
    one.run(listener=heard.append)
    return len(heard)


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_wherever_a_run_is_interrupted_it_goes_on_to_the_same_bytes(tmp_path: Path, variant: dict[str, Any]) -> None:
    events = events_of(job(tmp_path, **variant))
    expected = (tmp_path / "out.png").read_bytes()
    for after in range(0, events, 3):
        (tmp_path / "out.png").unlink()
        assert interrupted(job(tmp_path, **variant), after)
        assert not (tmp_path / "out.png").exists()
        job(tmp_path, **variant).run(resume=True)
        assert (tmp_path / "out.png").read_bytes() == expected
        assert not [name for name in names_in(tmp_path) if name.startswith(".")]


def test_a_run_interrupted_again_and_again_arrives(tmp_path: Path) -> None:
    job(tmp_path).run()
    expected = (tmp_path / "out.png").read_bytes()
    (tmp_path / "out.png").unlink()
    runs = 1
    assert interrupted(job(tmp_path), 5)
    while interrupted(job(tmp_path), 6, resume=True):
        runs += 1
        assert runs < 50, "every run must come further than the one before"
    assert runs > 3
    assert (tmp_path / "out.png").read_bytes() == expected


def test_resuming_where_nothing_was_begun_is_an_ordinary_run(tmp_path: Path) -> None:
    job(tmp_path).run()
    expected = (tmp_path / "out.png").read_bytes()
    job(tmp_path).run(resume=True)
    assert (tmp_path / "out.png").read_bytes() == expected


def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    events = events_of(job(tmp_path))
    assert interrupted(job(tmp_path), events - 4)
    heard: list[Progress] = []
    job(tmp_path).run(resume=True, listener=heard.append)
    assert len(heard) < events / 2


def test_the_tiles_of_the_interrupted_run_go_on_with_other_memory(tmp_path: Path) -> None:
    job(tmp_path).run()
    expected = (tmp_path / "out.png").read_bytes()
    assert interrupted(job(tmp_path), 12)
    resumed = job(tmp_path, limits=Limits(tile=(64, 64)))
    resumed.run(resume=True)
    assert resumed.plan.tile == (16, 48)
    assert (tmp_path / "out.png").read_bytes() == expected


def test_without_resume_a_run_begins_anew(tmp_path: Path) -> None:
    assert interrupted(job(tmp_path), 12)
    picture(tmp_path / "content.png", 40, 40, seed=9)
    job(tmp_path).run()
    assert names_in(tmp_path) == ["content.png", "mask.png", "out.png", "style0.png"]


@pytest.mark.parametrize("after", [0, 12])
@pytest.mark.parametrize("changed", ["content", "style 1", "options", "network"])
def test_a_run_whose_inputs_changed_is_not_resumed_and_not_lost(tmp_path: Path, changed: str, after: int) -> None:
    assert interrupted(job(tmp_path), after)
    before = names_in(tmp_path / ".out.png.intaglio")
    options: dict[str, Any] = {}
    match changed:
        case "content":
            picture(tmp_path / "content.png", 90, 110, seed=8)
        case "style 1":
            picture(tmp_path / "style0.png", 30, 90, seed=8)
        case "options":
            options["strength"] = 0.5
        case "network":
            options["model"] = "adain"
    with pytest.raises(JournalError, match=f"{changed} changed since the run began"):
        job(tmp_path, **options).run(resume=True)
    assert names_in(tmp_path / ".out.png.intaglio") == before
    assert not (tmp_path / "out.png").exists()


def test_a_damaged_picture_leaves_nothing_to_resume(tmp_path: Path) -> None:
    job(tmp_path)
    content = tmp_path / "content.png"
    content.write_bytes(content.read_bytes()[:-4000])
    for resume in (False, True):
        with pytest.raises(PictureError, match="damaged or cut short"):
            job(tmp_path).run(resume=resume)
        assert names_in(tmp_path) == ["content.png", "mask.png", "style0.png"]


def in_a_process(folder: Path, events: int, *, resume: bool = False) -> int:
    command = [sys.executable, str(Path(__file__).with_name("killed_run.py")), str(folder), str(events)]
    result = subprocess.run(
        [*command, "resume" if resume else "anew"], capture_output=True, text=True, timeout=300, check=False
    )
    assert result.stderr == ""
    return result.returncode


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_a_process_killed_with_signal_9_again_and_again_is_resumed_to_the_same_bytes(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    job(whole, styles=2)
    shutil.copytree(whole, killed)
    assert in_a_process(whole, ENDLESS) == 0
    assert in_a_process(killed, 7) == -signal.SIGKILL
    for events in (9, 8):
        assert names_in(killed) == [".out.png.intaglio", "content.png", "mask.png", "style0.png", "style1.png"]
        assert in_a_process(killed, events, resume=True) == -signal.SIGKILL
    assert in_a_process(killed, ENDLESS, resume=True) == 0
    assert (killed / "out.png").read_bytes() == (whole / "out.png").read_bytes()
    assert names_in(killed) == names_in(whole)
