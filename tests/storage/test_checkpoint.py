from pathlib import Path

import pytest
import torch

from intaglio.storage.checkpoint import Checkpoints
from intaglio.vocabulary.errors import JournalError


def saved(tmp_path: Path, *steps: int) -> Checkpoints:
    checkpoints = Checkpoints(tmp_path / "checkpoints", "one")
    for step in steps:
        checkpoints.save(step, {"value": torch.full((2,), float(step))})
    return checkpoints


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    saved(tmp_path, 10, 20, 100)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["step-00000020.safetensors", "step-00000100.safetensors"]


def test_the_newest_comes_back(tmp_path: Path) -> None:
    last = saved(tmp_path, 10, 20).last()
    assert last is not None
    assert last.step == 20
    assert torch.equal(last.tensors["value"], torch.full((2,), 20.0))


def test_nothing_saved_is_no_checkpoint(tmp_path: Path) -> None:
    assert saved(tmp_path).last() is None


def test_a_damaged_newest_one_gives_way_to_the_one_before(tmp_path: Path) -> None:
    checkpoints = saved(tmp_path, 10, 20)
    newest = tmp_path / "checkpoints" / "step-00000020.safetensors"
    newest.write_bytes(newest.read_bytes()[:40])
    last = checkpoints.last()
    assert last is not None
    assert last.step == 10


def test_none_that_can_be_read_is_an_error_and_not_a_new_start(tmp_path: Path) -> None:
    checkpoints = saved(tmp_path, 10)
    (tmp_path / "checkpoints" / "step-00000010.safetensors").write_bytes(b"nothing")
    with pytest.raises(JournalError, match=r"step-00000010.safetensors is damaged; delete"):
        checkpoints.last()


def test_those_of_another_run_are_refused(tmp_path: Path) -> None:
    saved(tmp_path, 10)
    with pytest.raises(JournalError, match="belongs to another run"):
        Checkpoints(tmp_path / "checkpoints", "two").last()
