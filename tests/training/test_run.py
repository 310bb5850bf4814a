import json
from pathlib import Path

import pytest
from PIL import Image

from intaglio.training.log import read_log
from intaglio.training.run import Conduct, Run
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.errors import JournalError, ResourceError
from intaglio.vocabulary.progress import Progress
from training.runs import CROP, Mean, Stop, folder_of_pictures

SPEC = TrainingSpec(steps=10, batch_size=3, learning_rate=1e-2)


def conducted(tmp_path: Path, spec: TrainingSpec = SPEC, **conduct: object) -> Run:
    settings = {"save_every": 4, "log_every": 3, "show_every": 5, "workers": 1, **conduct}
    run = Run(tmp_path / "run", spec, Conduct(**settings), total=2 * spec.steps)  # type: ignore[arg-type]
    streams = {"picture": (folder_of_pictures(tmp_path), CROP)}
    run.phase("first", Mean(), streams, spec)
    run.phase("second", Mean(), streams, spec)
    return run


def test_a_phase_leaves_log_checkpoints_and_samples(tmp_path: Path) -> None:
    conducted(tmp_path)
    folder = tmp_path / "run" / "first"
    lines = read_log(folder / "log.jsonl")
    assert [line["step"] for line in lines] == [1, 3, 6, 9, 10]
    assert set(lines[0]) == {"step", "pixel", "noise", "total", "rate", "steps_per_second", "loading"}
    assert lines[0]["total"] == pytest.approx(lines[0]["pixel"] + 0.5 * lines[0]["noise"])
    assert lines[-1]["total"] < lines[0]["total"]
    assert all(0 <= line["loading"] <= 1 for line in lines)
    assert sorted(path.name for path in (folder / "checkpoints").iterdir()) == [
        "step-00000008.safetensors",
        "step-00000010.safetensors",
    ]
    assert sorted(path.name for path in (folder / "samples").iterdir()) == ["step-00000005.png", "step-00000010.png"]
    with Image.open(folder / "samples" / "step-00000010.png") as grid:
        assert grid.size == (2 * (8 + 2 * 4), 3 * (8 + 2 * 4))


def test_progress_counts_the_steps_of_all_phases(tmp_path: Path) -> None:
    seen: list[Progress] = []
    conducted(tmp_path, listener=seen.append)
    assert [event.done for event in seen] == list(range(1, 21))
    assert {event.total for event in seen} == {20}
    assert {event.unit for event in seen} == {"steps"}
    assert seen[0].task.startswith("first, loss ")
    assert "steps/s" in seen[0].task
    assert seen[-1].remaining == 0


def test_a_resumed_run_goes_on_in_the_log_and_counts_from_there(tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.done == 17:
            raise Stop

    conducted(tmp_path / "whole")
    whole = {name: read_log(tmp_path / "whole" / "run" / name / "log.jsonl") for name in ("first", "second")}
    with pytest.raises(Stop):
        conducted(tmp_path, listener=stop)
    seen: list[Progress] = []
    conducted(tmp_path, listener=seen.append)
    assert [event.done for event in seen] == [15, 16, 17, 18, 19, 20]
    for name, lines in whole.items():
        found = read_log(tmp_path / "run" / name / "log.jsonl")
        timeless = [{key: line[key] for key in ("step", "pixel", "noise", "total", "rate")} for line in found]
        assert timeless == [{key: line[key] for key in ("step", "pixel", "noise", "total", "rate")} for line in lines]


def test_a_run_of_before_a_setting_was_added_goes_on(tmp_path: Path) -> None:
    conducted(tmp_path)
    path = tmp_path / "run" / "run.json"
    older = {name: value for name, value in json.loads(path.read_text()).items() if name != "decay"}
    path.write_text(json.dumps(older))
    conducted(tmp_path)
    with pytest.raises(JournalError, match=r"decay: was None, is 0.5"):
        conducted(tmp_path, SPEC.model_copy(update={"decay": 0.5}))


def test_another_run_in_the_folder_is_refused_with_the_difference(tmp_path: Path) -> None:
    conducted(tmp_path)
    changed = SPEC.model_copy(update={"learning_rate": 0.5, "seed": 9})
    with pytest.raises(
        JournalError, match=r"holds another run: learning_rate: was 0.01, is 0.5; seed: was 0, is 9; give the same"
    ):
        conducted(tmp_path, changed)


def test_a_damaged_description_is_an_error(tmp_path: Path) -> None:
    conducted(tmp_path)
    (tmp_path / "run" / "run.json").write_text("{")
    with pytest.raises(JournalError, match=r"run.json is damaged; delete"):
        conducted(tmp_path)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(ResourceError, match="cannot be made"):
        conducted(tmp_path)


def test_broken_pictures_are_told(tmp_path: Path) -> None:
    folder = folder_of_pictures(tmp_path)
    broken = tmp_path / "pictures" / "03.png"
    broken.write_bytes(broken.read_bytes()[:100])
    run = Run(tmp_path / "run", SPEC, Conduct(workers=1), total=SPEC.steps)
    run.phase("first", Mean(), {"picture": (folder, CROP)}, SPEC)
    assert list(run.broken) == [broken]


def test_a_line_that_a_kill_cut_off_is_left_out(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps({"step": 1}) + "\n" + '{"step": 2, "to')
    assert read_log(log) == [{"step": 1}]
    assert read_log(tmp_path / "none.jsonl") == []


def test_tensorboard_gets_every_term(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    conducted(tmp_path, tensorboard=True)
    events = EventAccumulator(str(tmp_path / "run" / "first" / "tensorboard"))
    events.Reload()
    assert set(events.Tags()["scalars"]) == {"pixel", "noise", "total", "learning rate"}
    assert [event.step for event in events.Scalars("pixel")] == [1, 3, 6, 9, 10]
