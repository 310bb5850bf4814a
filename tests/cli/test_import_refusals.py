"""Checkpoints that `intaglio import` refuses: one clear line, exit code 2, no artifact."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from intaglio.cli.main import main

WIDTHS = {0: (3, 3, 1), 2: (3, 2, 3)} | dict.fromkeys((5, 9, 12, 16, 19, 22, 25, 29, 32, 35, 38, 42, 45, 48, 51), (2, 2, 3))
MARK = "made-by-a-pickle"


def checkpoint() -> dict[str, Any]:
    """A narrow vgg_normalised.pth."""
    state: dict[str, Any] = {}
    for index, (inputs, outputs, side) in WIDTHS.items():
        state |= {f"{index}.weight": torch.ones(outputs, inputs, side, side), f"{index}.bias": torch.zeros(outputs)}
    return state


class RunsCode:
    """What an attacker would put into a checkpoint."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (MARK,)


def without(key: str) -> dict[str, Any]:
    state = checkpoint()
    del state[key]
    return state


CHECKPOINTS: dict[str, tuple[Callable[[], Any], str]] = {
    "a missing key": (lambda: without("12.bias"), "12.bias"),
    "a key too many": (lambda: checkpoint() | {"99.weight": torch.zeros(1)}, "99.weight"),
    "another shape": (lambda: checkpoint() | {"22.weight": torch.zeros(5, 7, 3, 3)}, "22 has a weight of shape (5, 7, 3, 3)"),
    "another number of dimensions": (lambda: checkpoint() | {"22.weight": torch.zeros(2)}, "22 has a weight of shape (2,)"),
    "values that are not finite": (lambda: checkpoint() | {"5.bias": torch.full((2,), torch.nan)}, "NaN"),
    "no tensors": (lambda: [1, 2, 3], "vgg_normalised.pth"),
    "a pickle that wants code": (lambda: checkpoint() | {"extra": RunsCode()}, "vgg_normalised.pth"),
}


def refused(path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    before = sorted(folder.rglob("*"))
    assert main(["import", "vgg-normalised", str(path), "-o", str(folder / "net")]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("intaglio: error: ")
    assert output.err.count("\n") == 1
    assert sorted(folder.rglob("*")) == before
    return output.err


@pytest.mark.parametrize("zipped", [True, False], ids=["new files", "old files"])
@pytest.mark.parametrize(("content", "complaint"), CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_a_checkpoint_that_is_not_what_it_should_be(
    tmp_path: Path,
    content: Callable[[], Any],
    complaint: str,
    zipped: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(content(), tmp_path / "vgg_normalised.pth", _use_new_zipfile_serialization=zipped)
    assert complaint in refused(tmp_path / "vgg_normalised.pth", tmp_path, capsys)


def test_a_bare_pickle_that_wants_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vgg_normalised.pth").write_bytes(pickle.dumps(RunsCode()))
    refused(tmp_path / "vgg_normalised.pth", tmp_path, capsys)
    assert not (tmp_path / MARK).exists()


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all", bytes(range(256)) * 8], ids=["empty", "text", "bytes"])
def test_a_file_that_is_no_checkpoint(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "vgg_normalised.pth").write_bytes(content)
    refused(tmp_path / "vgg_normalised.pth", tmp_path, capsys)


def test_a_checkpoint_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere.pth" in refused(tmp_path / "nowhere.pth", tmp_path, capsys)
