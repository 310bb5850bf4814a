"""Rows of tiles done by others are those of one process, to the bit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from intaglio.engines.local import Local
from intaglio.storage.artifact import save_pretrained
from intaglio.stylizing import spread
from intaglio.stylizing.job import StyleJob
from intaglio.stylizing.journal import Entry, Journal
from intaglio.stylizing.order import Order
from intaglio.stylizing.picture_job import Limits
from intaglio.stylizing.rows import TileRows
from intaglio.stylizing.spread import SpreadJob, groups_of
from intaglio.vocabulary.errors import ResourceError
from stylizing.jobs import NETWORKS, interrupting, job, names_in, picture

VARIANTS: dict[str, dict[str, Any]] = {
    "alpha": {"model": "adain", "strength": 0.7},
    "two styles": {"styles": 2, "weights": [1, 2]},
    "regions": {"styles": 2, "mask": True},
    "luminance": {"keep_colors": "luminance", "stroke": 0.8},
    "match": {"keep_colors": "match"},
}
# Tall: rows in the middle are far from the top. One row of tiles in each group.
HEIGHT, LIMITS = 410, Limits(tile=(32, 48), journal_seconds=0.0)


def ordered(plain: StyleJob, model: str) -> Order:
    folder = plain.out.parent
    if not (folder / "network").exists():
        save_pretrained(NETWORKS[model], folder / "network")
    return Order(
        model=str(folder / "network"),
        content=plain.content.path,
        styles=tuple(style.path for style in plain.styles),
        out=plain.out,
        options=plain.options,
        mask=plain.mask.path if plain.mask else None,
        limits=plain.limits,
    )


@pytest.fixture
def single_rows(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Every row of tiles is a group; gives each with the row that its worker begins at."""
    seen: list[tuple[int, int]] = []

    def single(rows: TileRows, first: int, width: int) -> list[range]:
        assert width == 1
        found = range(first, len(rows.starts))
        seen.extend((index, index - rows.before(index)) for index in found)
        return [range(index, index + 1) for index in found]

    monkeypatch.setattr(spread, "groups_of", single)
    return seen


@pytest.fixture
def statistics(monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Tensor]]:
    """Gives the statistics that stood in the journal last."""
    last: dict[str, Tensor] = {}
    write = Journal.write

    def noted(self: Journal, entry: Entry) -> None:
        last.clear()
        last.update({name: one.clone() for name, one in entry.tensors.items() if name.startswith("moments.")})
        write(self, entry)

    monkeypatch.setattr(Journal, "write", noted)
    return lambda: dict(last)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("network", NETWORKS)
def test_rows_of_tiles_by_others_give_the_bits_of_one_process(
    tmp_path: Path, network: str, single_rows: list[tuple[int, int]], statistics: Callable[[], dict[str, Tensor]]
) -> None:
    picture(tmp_path / "content.png", HEIGHT, 50, seed=1, bits=16)
    picture(tmp_path / "style0.png", 50, 64, seed=2)
    plain = job(tmp_path, model=network, limits=LIMITS)
    plain.run()
    expected, gathered = (tmp_path / "out.png").read_bytes(), statistics()
    (tmp_path / "out.png").unlink()
    SpreadJob(ordered(plain, network), Local()).run()
    found = statistics()
    assert all(torch.equal(found[name], gathered[name]) for name in gathered.keys() | found.keys())
    assert (tmp_path / "out.png").read_bytes() == expected
    assert any(begun > 0 for _, begun in single_rows), "some workers have not seen the top"
    assert any(begun < index for index, begun in single_rows), "edges come from rows before"


@pytest.mark.usefixtures("one_thread", "single_rows")
@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_every_option_of_a_stylization_is_spread(tmp_path: Path, variant: dict[str, Any]) -> None:
    picture(tmp_path / "content.png", 90, 110, seed=1, bands=4 if variant.get("strength") else 3)
    for index in range(2):
        picture(tmp_path / f"style{index}.png", 50 + 9 * index, 64, seed=2 + index)
    picture(tmp_path / "mask.png", 90, 110, seed=5)
    plain = job(tmp_path, **variant)
    plain.run()
    expected = (tmp_path / "out.png").read_bytes()
    (tmp_path / "out.png").unlink()
    SpreadJob(ordered(plain, variant.get("model", "wct")), Local()).run()
    assert (tmp_path / "out.png").read_bytes() == expected


@pytest.mark.usefixtures("one_thread", "single_rows")
@pytest.mark.parametrize(("first", "second"), [("here", "spread"), ("spread", "here"), ("spread", "spread")])
def test_a_run_goes_on_elsewhere_where_it_was_interrupted(tmp_path: Path, first: str, second: str) -> None:
    picture(tmp_path / "content.png", 150, 50, seed=1)
    picture(tmp_path / "style0.png", 50, 64, seed=2)

    def made(where: str) -> StyleJob:
        plain = job(tmp_path, model="adain", limits=LIMITS)
        return plain if where == "here" else SpreadJob(ordered(plain, "adain"), Local())

    def interrupt() -> None:
        raise KeyboardInterrupt

    made("here").run()
    expected = (tmp_path / "out.png").read_bytes()
    for after in range(3, 14, 2):
        (tmp_path / "out.png").unlink()
        with pytest.raises(KeyboardInterrupt):
            made(first).run(listener=interrupting(after, interrupt))
        assert not (tmp_path / "out.png").exists()
        made(second).run(resume=True)
        assert (tmp_path / "out.png").read_bytes() == expected
    assert not [name for name in names_in(tmp_path) if name.startswith(".")]


def test_a_worker_that_would_compute_something_else_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = job(tmp_path, model="adain")
    far = SpreadJob(ordered(plain, "adain"), Local())
    # The journal and the workers are told what this process computes; then a worker sees for itself.
    ways = iter(["dense", "dense", "sparse"])
    facts = StyleJob.facts
    monkeypatch.setattr(StyleJob, "facts", lambda self: facts(self) | {"layers": next(ways, "sparse")})
    with pytest.raises(ResourceError, match="layers is 'sparse' for a worker and 'dense' here"):
        far.run()


class Rows(TileRows):
    """So many rows, and so many to be pushed before each."""

    def __init__(self, count: int, twice: int) -> None:
        self.starts, self._twice = range(count), twice

    def before(self, index: int) -> int:
        return self._twice


@pytest.mark.parametrize(
    ("count", "twice", "first", "width", "groups"),
    [
        (128, 1, 0, 8, 8),  # a group of 16 rows each, of which one more is pushed twice
        (1000, 1, 0, 2, 16),
        (10, 3, 4, 4, 4),
        (3, 1, 0, 8, 3),
        (9, 1, 8, 2, 1),
    ],
)
def test_groups_are_as_many_as_workers_or_more_where_that_costs_little(
    count: int, twice: int, first: int, width: int, groups: int
) -> None:
    found = groups_of(Rows(count, twice), first, width)
    assert len(found) == groups
    assert [row for group in found for row in group] == list(range(first, count))
    pushed = {len(group) + (twice if group.start else 0) for group in found}
    assert max(pushed) - min(pushed) <= (1 if first or count > 2 * groups * twice else 1 + twice)
