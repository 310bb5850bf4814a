import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from intaglio.storage.foreign import read_state
from intaglio.vocabulary.errors import WeightsError


class Malicious:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


def write(path: Path, content: Any, *, as_zip: bool) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=as_zip)
    return path


@pytest.fixture(params=[True, False], ids=["zip", "legacy"])
def as_zip(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_both_containers_are_read(tmp_path: Path, as_zip: bool) -> None:
    weight = torch.arange(6.0).reshape(2, 3)
    state = read_state(write(tmp_path / "a.pth", {"w": weight, "half": weight.half(), "n": torch.tensor(3)}, as_zip=as_zip))
    assert torch.equal(state["w"], weight)
    assert torch.equal(state["half"], weight)
    assert state["half"].dtype == torch.float32
    assert state["n"].dtype == torch.int64


def test_a_nested_state_is_found_and_a_bare_one_too(tmp_path: Path) -> None:
    for content in ({"epoch": 3, "model": {"w": torch.ones(1)}}, {"w": torch.ones(1)}):
        assert list(read_state(write(tmp_path / "a.pth", content, as_zip=True), under="model")) == ["w"]


def test_a_pickle_that_wants_to_run_code_is_refused_by_name(tmp_path: Path, as_zip: bool) -> None:
    marker = tmp_path / "ran"
    path = write(tmp_path / "a.pth", {"w": Malicious(marker)}, as_zip=as_zip)
    with pytest.raises(WeightsError, match=r"wants to run code \(posix\.mkdir\); refused") as caught:
        read_state(path)
    assert not marker.exists()
    assert "\n" not in str(caught.value)


def test_a_whole_pickled_module_is_refused(tmp_path: Path, as_zip: bool) -> None:
    with pytest.raises(WeightsError, match=r"wants to run code \(torch\.nn\.modules\.linear\.Linear\)"):
        read_state(write(tmp_path / "a.pth", nn.Linear(2, 2), as_zip=as_zip))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.99])
def test_truncated_checkpoints_are_one_clear_line(tmp_path: Path, as_zip: bool, share: float) -> None:
    path = write(tmp_path / "a.pth", {"w": torch.ones(1000)}, as_zip=as_zip)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(WeightsError, match="truncated, damaged or no PyTorch checkpoint") as caught:
        read_state(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"hello " * 1000, "no PyTorch checkpoint"),
        (bytes(1000), "no PyTorch checkpoint"),
        (b"20191109-211322_E20.pth", "git symlink"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n", "git LFS pointer"),
    ],
)
def test_what_is_no_checkpoint_says_what_it_is(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=complaint):
        read_state(path)


@pytest.mark.parametrize(
    "content",
    [
        [torch.ones(1)],
        torch.ones(2),
        {},
        {"epoch": 3},
        {"model": {"w": 1}},
        {3: torch.ones(1)},
        {"w": torch.ones(2, 2).to_sparse()},
        {"w": torch.ones(2, device="meta")},
    ],
)
def test_a_checkpoint_without_named_tensors_is_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(WeightsError, match="not a state dict"):
        read_state(write(tmp_path / "a.pth", content, as_zip=True), under="model")


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="there is no file"):
        read_state(tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="is a folder"):
        read_state(tmp_path)
