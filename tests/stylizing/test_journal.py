from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from intaglio.stylizing.journal import Entry, Journal
from intaglio.vocabulary.errors import JournalError

FACTS = {"content": "a.png 12 34", "options": '{"strength":0.5}', "network": "0123456789abcdef"}
ENTRY = Entry(2, 512, (64, 256), {"moments.0.0.sum": torch.arange(5.0).double(), "stream.0.0.upper": torch.rand(1, 4, 2, 9)})


def test_nothing_is_read_where_nothing_was_written(tmp_path: Path) -> None:
    assert Journal(tmp_path, FACTS).read() is None


def test_an_entry_comes_back_to_the_bit(tmp_path: Path) -> None:
    Journal(tmp_path, FACTS).write(ENTRY)
    found = Journal(tmp_path, dict(FACTS)).read()
    assert found is not None
    assert (found.step, found.row, found.tile) == (2, 512, (64, 256))
    assert found.tensors.keys() == ENTRY.tensors.keys()
    for name, value in ENTRY.tensors.items():
        assert found.tensors[name].dtype == value.dtype
        assert torch.equal(found.tensors[name], value)


def test_edges_that_are_not_contiguous_come_back_too(tmp_path: Path) -> None:
    edge = torch.rand(1, 6, 3, 5).contiguous(memory_format=torch.channels_last)
    Journal(tmp_path, FACTS).write(Entry(0, 16, (16, 16), {"edge": edge, "part": edge[:, :, 1:]}))
    found = Journal(tmp_path, FACTS).read()
    assert found is not None
    assert torch.equal(found.tensors["edge"], edge)
    assert torch.equal(found.tensors["part"], edge[:, :, 1:])


def test_the_last_entry_counts_and_no_other_file_is_left(tmp_path: Path) -> None:
    journal = Journal(tmp_path, FACTS)
    journal.write(ENTRY)
    journal.write(Entry(3, 0, (64, 256), {}))
    found = journal.read()
    assert found is not None
    assert (found.step, found.row, found.tensors) == (3, 0, {})
    assert list(tmp_path.iterdir()) == [journal.path]


@pytest.mark.parametrize("fact", FACTS)
def test_what_changed_since_is_named(tmp_path: Path, fact: str) -> None:
    Journal(tmp_path, FACTS).write(ENTRY)
    with pytest.raises(JournalError, match=f"cannot resume: {fact} changed since the run began; run without --resume"):
        Journal(tmp_path, FACTS | {fact: "other"}).read()


def test_a_fact_that_came_or_went_is_named(tmp_path: Path) -> None:
    Journal(tmp_path, FACTS | {"mask": "m.png"}).write(ENTRY)
    with pytest.raises(JournalError, match="mask, style 2 changed"):
        Journal(tmp_path, FACTS | {"style 2": "s.png"}).read()


@pytest.mark.parametrize("damage", ["empty", "cut short", "garbage", "without facts", "facts of another kind"])
def test_a_damaged_journal_is_one_clear_error(tmp_path: Path, damage: str) -> None:
    journal = Journal(tmp_path, FACTS)
    journal.write(ENTRY)
    content = journal.path.read_bytes()
    match damage:
        case "empty":
            journal.path.write_bytes(b"")
        case "cut short":
            journal.path.write_bytes(content[:-7])
        case "garbage":
            journal.path.write_bytes(bytes(range(256)) * 4)
        case "without facts":
            save_file({"x": torch.zeros(1)}, journal.path)
        case "facts of another kind":
            save_file({"x": torch.zeros(1)}, journal.path, metadata={"run": "[1]", "place": "[0, 0, 1, 1]"})
    with pytest.raises(JournalError, match=r"cannot resume: .*journal.safetensors is damaged .*; run without --resume"):
        journal.read()
