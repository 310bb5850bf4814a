"""Folders on storage that is reached by URLs."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from intaglio.storage.depot import Depot, delivered
from intaglio.vocabulary.errors import IntaglioError, OptionError, ResourceError


class Broken(MemoryFileSystem):
    """Storage that does not answer, in a class and in words of its own."""

    protocol = "broken"
    cachable = False

    def find(self, path: str, *more: Any, **named: Any) -> Any:
        raise Unreachable("no route\nto host")

    cat_file = pipe_file = get_file = put_file = rm_file = find


class Unreachable(Exception):
    pass


@pytest.fixture(autouse=True)
def _storage() -> Iterator[None]:
    fsspec.register_implementation("broken", Broken, clobber=True)
    yield
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


@pytest.fixture(params=["memory", "file", "folders"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store of objects; a folder; storage that has to be told to make folders."""
    if request.param == "folders":
        (tmp_path / "store" / "bucket").mkdir(parents=True)
        return f"dir://bucket/tickets::file://{tmp_path}/store"
    return "memory://bucket/tickets/" if request.param == "memory" else f"file://{tmp_path}/store/tickets"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    (made / "network").mkdir(parents=True)
    for name in ("result.json", "lock", "network/weights", "network/.1234.part", ".network.x"):
        (made / name).write_text(f"of {name}")
    return made


def test_what_is_put_is_listed_and_got_the_last_file_last(
    tmp_path: Path, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    depot, order = Depot.at(url), list[str]()
    assert depot.names() == []
    assert depot.read("a/result.json") is None
    assert depot.get("a", tmp_path / "got", "result.json") is False
    assert not (tmp_path / "got").exists()
    write, fetch = Depot.write, Depot._fetch
    monkeypatch.setattr(Depot, "write", lambda self, name, *more: (order.append(name), write(self, name, *more)))
    monkeypatch.setattr(Depot, "_fetch", lambda self, name, *more: (order.append(name), fetch(self, name, *more)))
    depot.put(folder, "a", last="result.json", without=("lock",))
    assert order == ["a/network/weights", "a/result.json"]
    assert depot.names() == depot.names("a") == sorted(order)
    assert depot.names("a/net") == []
    assert depot.get("a", tmp_path / "got", "result.json") is True
    assert order[2:] == order[:2]
    assert {str(path.relative_to(tmp_path / "got")) for path in (tmp_path / "got").rglob("*") if path.is_file()} == {
        "network/weights",
        "result.json",
    }
    assert (tmp_path / "got/network/weights").read_text() == "of network/weights"
    assert depot.read_all(["a/result.json", "a/none", "a/network/weights"]) == {
        "a/result.json": b"of result.json",
        "a/network/weights": b"of network/weights",
    }
    depot.write("a/result.json", b"other")
    assert depot.read("a/result.json") == b"other"
    depot.remove("a/result.json")
    depot.remove("a/result.json")
    assert depot.get("a", tmp_path / "again", "result.json") is False


def test_a_report_is_put_after_it_is_written(tmp_path: Path, url: str) -> None:
    with delivered(url, last="index.html") as out:
        (out / "index.html").write_text("page")
        assert Depot.at(url).names() == []
    assert Depot.at(url).names() == ["index.html"]
    with delivered(str(tmp_path / "here"), last="index.html") as out:
        assert out == tmp_path / "here"


def test_a_bucket_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    depot = Depot.at(f"dir://typo/tickets::file://{tmp_path}")
    with pytest.raises(ResourceError, match=r"study\.json cannot be written \(No such file or directory\)"):
        depot.write("study.json", b"{}")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_a_folder_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    depot = Depot.at(f"file://{tmp_path}/store")
    depot.write("result.json", b"whole")
    real = Path.write_bytes

    def cut(path: Path, content: bytes) -> int:
        real(path, content[:2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", cut)
        with pytest.raises(ResourceError, match=r"result\.json cannot be written \(No space left on device\)"):
            depot.write("result.json", b"another")
    assert depot.read("result.json") == b"whole"
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["result.json"]


def test_storage_that_does_not_answer_is_one_line(tmp_path: Path, folder: Path) -> None:
    depot = Depot.at("broken://bucket/tickets")
    for act in (
        depot.names,
        lambda: depot.read("a"),
        lambda: depot.read_all(["a", "b"]),
        lambda: depot.write("a", b""),
        lambda: depot.put(folder, "a"),
        lambda: depot.get("a", tmp_path / "got", "result.json"),
        lambda: depot.remove("a"),
    ):
        with pytest.raises(ResourceError, match=r"^broken://bucket/tickets.* cannot be \w+ \(no route to host\); see to the"):
            act()


def test_a_file_that_goes_or_would_lie_elsewhere_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    depot = Depot.at("memory://bucket/tickets")
    depot.write("a/result.json", b"{}")
    with monkeypatch.context() as patched:
        patched.setattr(Depot, "names", lambda *_: ["a/gone", "a/result.json"])
        with pytest.raises(ResourceError, match=r"a/gone cannot be fetched"):
            depot.get("a", tmp_path / "got", "result.json")
        assert not list((tmp_path / "got").iterdir())
        patched.setattr(Depot, "names", lambda *_: ["a/../../x", "a/result.json"])
        with pytest.raises(ResourceError, match="would lie outside of its folder"):
            depot.get("a", tmp_path / "got", "result.json")
    assert not (tmp_path / "got" / "result.json").exists()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nope://bucket/a", "Protocol not known: nope"),
        ("s3://bucket/a", "needs the package s3fs, which is not installed; install it with `pip install s3fs`"),
        ("gs://bucket/a", "install it with `pip install gcsfs`"),
        ("github://a/b", "cannot be opened"),
        ("memory://", "names no folder"),
        ("memory:///", "names no folder"),
        ("file://", "names no folder"),
        ("file://relative/a", "names no folder; give one, such as s3://bucket/folder or file:///folder"),
    ],
)
def test_a_url_that_cannot_be_opened_is_refused(url: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("s3fs", "gcsfs"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(IntaglioError) as caught:
        Depot.at(url)
    assert isinstance(caught.value, OptionError)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
