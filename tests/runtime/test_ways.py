"""Which way is faster, measured once."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from intaglio.runtime import ways
from intaglio.runtime.operators import Operator
from intaglio.runtime.reach import Reach


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own."""
    monkeypatch.setattr(ways, "_FOLDER", tmp_path / "cache")
    ways._known.cache_clear()
    yield tmp_path / "cache"
    ways._known.cache_clear()


def maker(way: str, work: int, made: list[str]) -> Callable[[], Operator]:
    """Of an operator that does so much work."""

    def run(x: Tensor, height: int, width: int) -> Tensor:
        for _ in range(work):
            x = x * 1.0
        return x[:, :, :height, :width]

    def make() -> Operator:
        made.append(way)
        return Operator(
            name="layer",
            way=way,
            reach=Reach("window"),
            channels=4,
            outputs=4,
            run=run,
            border="reflect",
            rectify=True,
            dtype=torch.float32,
            macs=1,
        )

    return make


def both(made: list[str]) -> dict[str, Callable[[], Operator]]:
    return {"slow": maker("slow", 300, made), "fast": maker("fast", 1, made)}


def test_the_faster_one_is_taken_and_measured_once(folder: Path) -> None:
    made: list[str] = []
    assert ways.faster(both(made), "a layer").way == "fast"
    assert made == ["slow", "fast"]
    assert ways.faster(both(made), "a layer").way == "fast"
    assert made == ["slow", "fast", "fast"]
    ways._known.cache_clear()
    assert ways.faster(both(made), "a layer").way == "fast"
    assert made == ["slow", "fast", "fast", "fast"], "what another process found is known"
    assert ways.faster(both(made), "another layer").way == "fast"
    assert made[4:] == ["slow", "fast"]
    (found,) = json.loads((folder / "layers.json").read_text()).values()
    assert found == {"a layer, slow or fast": "fast", "another layer, slow or fast": "fast"}


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', "\x00", '{"x": {"a layer, slow or fast": 5}}'])
def test_a_damaged_note_costs_a_measurement(folder: Path, content: str) -> None:
    folder.mkdir()
    (folder / "layers.json").write_text(content)
    made: list[str] = []
    assert ways.faster(both(made), "a layer").way == "fast"
    assert made == ["slow", "fast"]
    assert "a layer, slow or fast" in (folder / "layers.json").read_text()


def test_without_a_place_to_note_it_is_measured_in_every_process(folder: Path) -> None:
    folder.write_text("a file")
    made: list[str] = []
    assert ways.faster(both(made), "a layer").way == "fast"
    assert ways.faster(both(made), "a layer").way == "fast"
    assert made == ["slow", "fast", "fast"]
