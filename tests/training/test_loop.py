import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from intaglio.storage.checkpoint import Checkpoints
from intaglio.training.loop import train
from intaglio.training.objective import Moment
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.errors import ResourceError, TrainingError
from training.runs import Loader, Mean, Stop, folder_of_pictures

SPEC = TrainingSpec(steps=12, batch_size=3, learning_rate=1e-2, seed=5)


def weights(objective: Mean) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in objective.trained.parameters()])


def trained(tmp_path: Path, name: str, spec: TrainingSpec = SPEC, save_every: int = 100) -> torch.Tensor:
    objective = Mean()
    loader = Loader(folder_of_pictures(tmp_path), spec)
    train(objective, loader, spec, checkpoints=Checkpoints(tmp_path / name, "run"), save_every=save_every)
    return weights(objective)


def test_training_makes_the_loss_smaller(tmp_path: Path) -> None:
    spec = SPEC.model_copy(update={"steps": 60})
    seen: list[float] = []
    loader = Loader(folder_of_pictures(tmp_path), spec)
    train(
        Mean(),
        loader,
        spec,
        checkpoints=Checkpoints(tmp_path / "c", "run"),
        hooks=[lambda moment: seen.append(float(moment.terms["total"]))],
    )
    assert len(seen) == 60
    assert sum(seen[-5:]) < 0.5 * sum(seen[:5])


@pytest.mark.parametrize("stop_after", [1, 4, 7, 11])
def test_a_run_that_was_interrupted_ends_bit_identical(tmp_path: Path, stop_after: int) -> None:
    def stop(moment: Moment) -> None:
        if moment.step == stop_after:
            raise Stop

    whole = trained(tmp_path, "whole", save_every=4)
    loader = Loader(folder_of_pictures(tmp_path), SPEC)
    checkpoints = Checkpoints(tmp_path / "stopped", "run")
    with pytest.raises(Stop):
        train(Mean(), loader, SPEC, checkpoints=checkpoints, save_every=4, hooks=[stop])
    objective = Mean()
    train(objective, loader, SPEC, checkpoints=checkpoints, save_every=4)
    assert torch.equal(weights(objective), whole)


KILLED = """
import os, signal, sys
from pathlib import Path
import intaglio.images.atomic as atomic
import intaglio.storage.checkpoint as checkpoint
from intaglio.training.loop import train
from training.runs import Loader, Mean, folder_of_pictures
from training.test_loop import SPEC, weights

tmp_path, where, kills = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
real = os.replace
count = 0

def replace(source, target):
    target = Path(target)
    global count
    count += target.suffix == ".safetensors" and where != "while writing"
    if where == "before the rename" and count == kills:
        os.kill(os.getpid(), signal.SIGKILL)
    real(source, target)
    if where == "after the rename" and count == kills:
        os.kill(os.getpid(), signal.SIGKILL)

def write(self, content):
    global count
    if where == "while writing" and self.suffix == ".safetensors":
        count += 1
        if count == kills:
            with self.open("wb") as file:
                file.write(content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
    with self.open("wb") as file:
        return file.write(content)

os.replace = replace
Path.write_bytes = write

def step(moment):
    if where == "between saves" and moment.step == kills:
        os.kill(os.getpid(), signal.SIGKILL)

train(Mean(), Loader(folder_of_pictures(tmp_path), SPEC), SPEC,
      checkpoints=checkpoint.Checkpoints(tmp_path / "killed", "run"), save_every=3, hooks=[step])
"""


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("where", ["while writing", "before the rename", "after the rename", "between saves"])
def test_a_run_that_was_killed_by_signal_9_ends_bit_identical(tmp_path: Path, where: str) -> None:
    whole = trained(tmp_path, "whole", save_every=3)
    kills = 8 if where == "between saves" else 2
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", KILLED, str(tmp_path), where, str(kills)]
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
    objective = Mean()
    checkpoints = Checkpoints(tmp_path / "killed", "run")
    started = checkpoints.last()
    assert started is not None
    assert 0 < started.step < SPEC.steps
    train(objective, Loader(folder_of_pictures(tmp_path), SPEC), SPEC, checkpoints=checkpoints, save_every=3)
    assert torch.equal(weights(objective), whole)


def test_a_finished_run_is_taken_from_its_checkpoint(tmp_path: Path) -> None:
    first = trained(tmp_path, "c")
    steps: list[int] = []
    objective = Mean()
    train(
        objective,
        Loader(folder_of_pictures(tmp_path), SPEC),
        SPEC,
        checkpoints=Checkpoints(tmp_path / "c", "run"),
        hooks=[lambda moment: steps.append(moment.step)],
    )
    assert steps == []
    assert torch.equal(weights(objective), first)


def test_a_loss_that_is_not_finite_stops_with_step_term_and_files(tmp_path: Path) -> None:
    folder, objective = folder_of_pictures(tmp_path), Mean()
    loader = Loader(folder, SPEC)
    with loader(2) as batches:
        pictures = next(batches)["picture"].float() / 255
        names = batches.names(2)["picture"]
    objective.poison_at = float(pictures.mean())
    with pytest.raises(TrainingError, match=r"not finite at step 3 \(pixel = inf\)") as caught:
        train(objective, loader, SPEC, checkpoints=Checkpoints(tmp_path / "c", "run"))
    assert str(names[0]) in str(caught.value)
    assert "learning rate" in str(caught.value)


def test_the_callers_generator_is_left_alone(tmp_path: Path) -> None:
    torch.manual_seed(3)
    wanted = torch.rand(2)
    torch.manual_seed(3)
    trained(tmp_path, "c")
    assert torch.equal(torch.rand(2), wanted)


def test_bfloat16_trains_weights_in_float32(tmp_path: Path) -> None:
    exact = trained(tmp_path, "exact")
    rounded = trained(tmp_path, "rounded", SPEC.model_copy(update={"precision": "bfloat16"}))
    assert rounded.dtype == torch.float32
    assert not torch.equal(exact, rounded)
    assert torch.allclose(exact, rounded, atol=0.02)


def test_a_full_disk_names_the_checkpoint_and_keeps_the_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = Loader(folder_of_pictures(tmp_path), SPEC)
    checkpoints = Checkpoints(tmp_path / "c", "run")
    real = Path.write_bytes

    def write(path: Path, content: bytes) -> int:
        if checkpoints.last() is not None:
            raise OSError(28, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(ResourceError, match=r"step-00000008.*No space left.*make room"):
        train(Mean(), loader, SPEC, checkpoints=checkpoints, save_every=4)
    monkeypatch.undo()
    last = checkpoints.last()
    assert last is not None
    assert last.step == 4
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["step-00000004.safetensors"]


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", [1.0, 1.0, 1.0]),
        ("inverse", [1.0, 1 / (1 + 5e-5 * 50), 1 / (1 + 5e-5 * 100)]),
        ("cosine", [1.0, 0.5, 0.0]),
        ("staircase", [1.0, 0.3, 0.027]),
    ],
)
def test_the_learning_rate_follows_its_schedule(schedule: str, rates: list[float]) -> None:
    spec = TrainingSpec.parse({"steps": 100, "learning_rate": 1.0, "schedule": schedule}, where="test")
    assert [spec.rate(step) for step in (0, 50, 100)] == pytest.approx(rates)


def test_stairs_are_five_and_the_decay_is_a_setting() -> None:
    stairs = TrainingSpec(steps=50, learning_rate=1.0, schedule="staircase")
    assert [stairs.rate(step) for step in (0, 10, 19, 20, 30, 40, 49)] == pytest.approx([1, 1, 1, 0.3, 0.09, 0.027, 0.027])
    slow = TrainingSpec(steps=50, learning_rate=1.0, schedule="inverse", decay=1e-5)
    assert slow.rate(40) == pytest.approx(1 / (1 + 40e-5))


def test_a_line_falls_to_zero_after_what_is_held() -> None:
    half = TrainingSpec(steps=100, learning_rate=1.0, schedule="linear", hold=0.5)
    assert [half.rate(step) for step in (0, 50, 75, 100)] == pytest.approx([1, 1, 0.5, 0])
    assert half.model_copy(update={"hold": 0.0}).rate(25) == pytest.approx(0.75)


def test_the_learning_rate_rises_over_the_warmup() -> None:
    spec = TrainingSpec(steps=100, learning_rate=1.0, warmup=4)
    assert [spec.rate(step) for step in range(6)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0])


PARALLEL = """
import sys
from pathlib import Path
import torch
from intaglio.data.folder import PictureFolder
from intaglio.storage.checkpoint import Checkpoints
from intaglio.training.loop import train
from training.runs import Loader, Mean
from training.test_loop import SPEC, weights

class Quiet(Mean):
    def forward(self, batch):
        return {"pixel": (self.network(batch["picture"]) - batch["picture"]).square().mean()}

folder, steps = Path(sys.argv[1]), []
spec = SPEC.model_copy(update={"batch_size": 4, "steps": 6})
objective = Quiet()
loader = Loader(PictureFolder.scan([folder / "pictures"]), spec)
checkpoints = Checkpoints(folder / sys.argv[2], "run")
train(objective, loader, spec, checkpoints=checkpoints, hooks=[lambda moment: steps.append(moment.step)])
if steps:
    torch.save(weights(objective), folder / f"{sys.argv[2]}.pt")
"""


@pytest.mark.slow
def test_two_processes_end_with_the_weights_of_one(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path)
    (tmp_path / "program.py").write_text(PARALLEL)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    for count in ("1", "2"):
        launcher = [
            "-m",
            "torch.distributed.run",
            "--nproc-per-node",
            count,
            "--master-port",
            "0",
            str(tmp_path / "program.py"),
        ]
        subprocess.run([sys.executable, *launcher, str(tmp_path), count], env=environment, check=True, capture_output=True)
    one, two = (torch.load(tmp_path / f"{count}.pt", weights_only=True) for count in ("1", "2"))
    assert torch.allclose(one, two, atol=1e-6)
