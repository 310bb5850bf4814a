import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from intaglio.engines.local import devices_of
from intaglio.images.atomic import replacing
from intaglio.studies.runner import run_steps, standing
from intaglio.studies.sources import Sources
from intaglio.studies.tickets.lottery import steps
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.errors import InputError, JournalError, ResourceError
from intaglio.vocabulary.progress import Progress
from studies.killing import kills
from studies.small_studies import contents, run, sources, study

PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from intaglio.studies.sources import Sources
from studies.small_studies import run, study, sources
given, named = sources(Path(sys.argv[2]), "adain")
print("begun", flush=True)
if __name__ == "__main__":
    run(Path(sys.argv[3]), study(named, rounds=1, arms=("imp", "one-shot")), given, workers=int(sys.argv[4]))
"""


class Stop(Exception):
    """Ends a study from inside."""


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    given, named = sources(tmp_path, "adain")
    spec, seen = study(named, rounds=1), list[Progress]()
    workspace = run(tmp_path / "study", spec, given, listener=seen.append)
    assert [event.step for event in seen] == list(range(1, len(steps(spec)) + 1))
    assert (seen[-1].done, seen[-1].fraction) == (seen[-1].total, 1.0)
    before = {path: path.stat().st_mtime_ns for path in workspace.folder.rglob("*") if path.is_file() and path.name != "lock"}
    run(tmp_path / "study", spec, Sources(), listener=seen.append)
    assert len(seen) == len(steps(spec))
    assert all(path.stat().st_mtime_ns == then for path, then in before.items())


def test_more_rounds_are_added_in_another_folder_from_the_same_steps(tmp_path: Path) -> None:
    given, named = sources(tmp_path, "adain")
    one, more = study(named, rounds=1), study(named, rounds=2)
    assert {step.digest() for step in steps(one)} < {step.digest() for step in steps(more)}
    with pytest.raises(JournalError, match="is the folder of another study, rounds differ; choose another folder"):
        run(run(tmp_path / "study", one, given).folder, more, given)


def test_a_study_that_is_stopped_at_any_step_ends_with_the_same_bytes(tmp_path: Path) -> None:
    given, named = sources(tmp_path, "adain")
    spec = study(named, rounds=1)
    whole = contents(run(tmp_path / "whole", spec, given))

    def stop(_: Progress) -> None:
        raise Stop

    for _ in steps(spec):
        with pytest.raises(Stop):
            run(tmp_path / "stopped", spec, given, listener=stop)
    found = standing(steps(spec), Workspace(tmp_path / "stopped"))
    assert (found.done, found.cost_done) == (found.steps, found.cost)
    assert contents(Workspace(tmp_path / "stopped")) == whole


def test_two_workers_give_the_bytes_of_one(tmp_path: Path) -> None:
    given, named = sources(tmp_path, "adain")
    spec = study(named, rounds=1, arms=("imp", "random"))
    seen: list[Progress] = []
    both = run(tmp_path / "both", spec, given, workers=2, listener=seen.append)
    assert len(seen) == len(steps(spec))
    assert contents(both) == contents(run(tmp_path / "one", spec, given))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_study_that_is_killed_again_and_again_ends_with_the_same_bytes(tmp_path: Path, workers: int) -> None:
    given, named = sources(tmp_path / "sources", "adain")
    spec = study(named, rounds=1, arms=("imp", "one-shot"))
    whole = contents(run(tmp_path / "whole", spec, given))
    tests = str(Path(__file__).parents[1])
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, str(program), tests, str(tmp_path / "sources"), str(tmp_path / "killed"), str(workers)]
    assert kills(command, lambda attempt: 0.7 + 0.37 * attempt) > 0
    assert contents(Workspace(tmp_path / "killed")) == whole


def test_two_runners_do_not_share_a_folder(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "study")
    with (
        workspace.locked(),
        pytest.raises(JournalError, match=rf"is being run by process {os.getpid()} on .*; wait for it"),
        workspace.locked(),
    ):
        pass
    with workspace.locked():
        pass


def test_sources_that_are_gone_or_changed_are_named(tmp_path: Path) -> None:
    given, named = sources(tmp_path, "adain")
    spec = study(named, rounds=1)
    with pytest.raises(InputError, match=f"the network {spec.encoder} is not at hand; name its folder"):
        run(tmp_path / "one", spec, Sources({}, given.pictures))
    with pytest.raises(InputError, match=r"the pictures .* are not at hand; name their folder"):
        run(tmp_path / "two", spec, Sources(given.networks, {}))
    moved = dict.fromkeys(given.networks, given.networks[spec.start])
    with pytest.raises(InputError, match=f"has the digest {spec.start}, and {spec.encoder} is asked for"):
        run(tmp_path / "three", spec, Sources(moved, given.pictures))
    (tmp_path / "train" / "00.png").unlink()
    with pytest.raises(InputError, match="pictures have changed, their digest is"):
        run(tmp_path / "four", spec, given)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is not the folder of a study: it has no study.json"),
        ("{", "is damaged"),
        ('{"format": "intaglio-study/2"}', "is of format intaglio-study/2, and this version reads intaglio-study/1"),
        ("[]", "is of format None"),
    ],
)
def test_folders_that_are_no_studies_are_refused(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "study.json").write_text(content)
    with pytest.raises(JournalError, match=message):
        Workspace(tmp_path).description()


def test_a_damaged_result_is_named(tmp_path: Path) -> None:
    given, named = sources(tmp_path, "adain")
    workspace = run(tmp_path / "study", study(named, rounds=1), given)
    digest = steps(study(named, rounds=1))[0].digest()
    (workspace.step(digest) / "result.json").write_text("{")
    with pytest.raises(JournalError, match=f"steps/{digest} to do this step again"):
        run_steps(steps(study(named, rounds=1)), workspace, given)


def test_every_card_takes_workers_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    assert devices_of(3, "cpu") == ["cpu"] * 3
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert devices_of(3, "cuda") == ["cuda:0", "cuda:1", "cuda:0"]
    assert devices_of(2, "cuda:1") == ["cuda:1", "cuda:1"]


@pytest.mark.parametrize("where", ["intaglio.studies.workspace.replacing", "intaglio.training.log.replacing"])
def test_a_full_disk_is_told_and_what_was_done_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    given, named = sources(tmp_path, "adain")
    spec, workspace = study(named, rounds=1), Workspace(tmp_path / "study")
    room = iter(range(5 if "workspace" in where else 1))

    @contextmanager
    def until_full(path: Path, *, durable: bool) -> Iterator[Path]:
        if next(room, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with replacing(path, durable=durable) as temporary:
            yield temporary

    with monkeypatch.context() as patched:
        patched.setattr(where, until_full)
        with pytest.raises(ResourceError, match=r"No space left on device; make room, then run it again"):
            run(workspace.folder, spec, given)
    assert contents(run(workspace.folder, spec, given)) == contents(run(tmp_path / "whole", spec, given))


def test_what_a_killed_process_left_unfinished_goes_when_the_step_is_begun_again(tmp_path: Path) -> None:
    _, named = sources(tmp_path, "adain")
    workspace, step = Workspace(tmp_path / "study"), steps(study(named))[0]
    folder = workspace.begin_step(step)
    (folder / "network").mkdir()
    for left in (folder / ".0123456789ab.part.json", folder / "network" / ".0123456789ab.part.safetensors"):
        left.touch()
    (folder / "network" / "config.json").touch()
    workspace.begin_step(step)
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["config.json", "step.json"]
