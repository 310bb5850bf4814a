import errno
import os
from pathlib import Path

import pytest

from intaglio.storage.replacement import replace_folder
from intaglio.vocabulary.errors import ResourceError


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_folder_holds_exactly_the_new_files(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "folder"
    replace_folder(folder, {"a": b"1", "b": b"2"})
    replace_folder(folder, {"a": b"3"})
    assert content_of(folder) == {"a": b"3"}
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("call", range(1, 6))
def test_a_failure_at_any_sync_leaves_the_old_content_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    folder = tmp_path / "folder"
    old, new = {"a": b"old", "b": b"old"}, {"a": b"new", "b": b"new"}
    replace_folder(folder, old)
    calls = 0

    def fail(_: int) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    if call <= 4:  # two files, their folder, the parent
        with pytest.raises(ResourceError, match="No space left on device"):
            replace_folder(folder, new)
    else:
        replace_folder(folder, new)
    assert content_of(folder) == (old if call <= 3 else new)
    assert list(tmp_path.iterdir()) == [folder]


def test_the_old_content_returns_when_the_new_cannot_be_moved_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    replace_folder(folder, {"a": b"old"})
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(ResourceError, match="Permission denied"):
        replace_folder(folder, {"a": b"new"})
    assert content_of(folder) == {"a": b"old"}
    assert list(tmp_path.iterdir()) == [folder]


def test_a_link_keeps_pointing_at_the_replaced_folder(tmp_path: Path) -> None:
    replace_folder(tmp_path / "real", {"a": b"old"})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    replace_folder(tmp_path / "link", {"a": b"new"})
    assert (tmp_path / "link").is_symlink()
    assert content_of(tmp_path / "real") == {"a": b"new"}


def test_a_parent_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResourceError, match="cannot write"):
        replace_folder(tmp_path / "file" / "folder", {"a": b""})
