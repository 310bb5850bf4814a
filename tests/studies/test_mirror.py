"""Studies at URLs: the bytes of a folder, on whatever machine, and nothing fetched that nobody needs."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from cli.verbs import document, refused
from intaglio.cli.main import main
from intaglio.storage.depot import Depot
from intaglio.studies.folder import open_study
from intaglio.studies.gans.definition import GanStudy
from intaglio.studies.history import history
from intaglio.studies.mirror import Mirror, workspace_at
from intaglio.studies.runner import run_steps, standing
from intaglio.studies.sources import Sources
from intaglio.studies.study import Study
from intaglio.studies.tickets.steps import Judge, Train
from intaglio.vocabulary.errors import InputError, IntaglioError, JournalError, ResourceError
from intaglio.vocabulary.progress import Progress
from intaglio.vocabulary.spec import Spec
from studies.machines import begun, kept_of, machine, put, run, small
from studies.small_compression import asked as compression
from studies.small_gan_studies import lottery, materials
from studies.small_pruning import asked as structured


class Stop(Exception):
    """Ends a study from inside."""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path) -> Iterator[None]:
    with machine(tmp_path / "home"):
        yield


@pytest.fixture
def url() -> Iterator[str]:
    """A store of objects, in the memory of this process."""
    yield "memory://bucket/tickets"
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


@pytest.fixture
def asked(tmp_path: Path) -> tuple[Study, Sources]:
    return small(tmp_path)


def test_a_study_at_a_url_has_the_bytes_of_one_in_a_folder(tmp_path: Path, url: str, asked: tuple[Study, Sources]) -> None:
    kept = kept_of(run(tmp_path / "study", *asked))
    run(url, *asked)
    assert any(name.endswith("network/model.safetensors") for name in kept)
    assert put(url) == kept
    assert [name for name in Depot.at(url).names() if "lock" in name or "part" in name] == []
    run(f"file://{tmp_path}/store/", *asked)
    assert put(f"file://{tmp_path}/store") == kept


def gans(folder: Path) -> tuple[Study, Sources]:
    named, given = materials(folder, "sngan")
    return GanStudy(name="gan-tickets-sngan", scale="tiny", lotteries={"sngan": lottery(named, rounds=1)}), given


@pytest.mark.parametrize("family", [structured, compression, gans])
def test_all_families_have_the_same_bytes_and_a_report_from_another_machine(
    tmp_path: Path, url: str, family: Callable[[Path], tuple[Study, Sources]], capsys: pytest.CaptureFixture[str]
) -> None:
    study, given = family(tmp_path)
    kept = kept_of(run(tmp_path / "study", study, given))
    run(url, study, given)
    # What was seen of the pictures that GANs are compared with is gathered by each machine.
    assert put(url) == {name: content for name, content in kept.items() if not name.startswith("statistics/")}
    with machine(tmp_path / "other"):
        assert main(["study", "report", url]) == 0
    assert capsys.readouterr().out == f"{url}/report/index.html\n"
    assert main(["study", "report", str(tmp_path / "study")]) == 0
    table = Depot.at(url).read("report/report.csv")
    assert table == (tmp_path / "study" / "report" / "report.csv").read_bytes()


def stops(_: Progress) -> None:
    raise Stop


def test_a_study_goes_on_on_another_machine_from_any_step_and_none_is_done_twice(
    tmp_path: Path, url: str, asked: tuple[Study, Sources], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, given = asked
    whole = run(tmp_path / "study", study, given)
    done: list[str] = []
    begin = Mirror.begin_step

    def counted(workspace: Mirror, spec: Spec) -> Path:
        done.append(spec.digest())
        return begin(workspace, spec)

    monkeypatch.setattr(Mirror, "begin_step", counted)
    digests = {step.digest() for step in study.steps()}
    begun(url, study, given)
    # What it starts from is at the URL too.
    for name in ("encoder", "start"):
        (tmp_path / name).rename(tmp_path / f"other-{name}")
    for number in range(len(digests)):
        with machine(tmp_path / f"machine {number}"):
            workspace = workspace_at(url)
            found = open_study(workspace)[1]
            with pytest.raises(Stop), workspace.locked():
                run_steps(found.steps(), workspace, Sources.kept(workspace), listener=stops)
    assert sorted(done) == sorted(digests)
    assert standing(study.steps(), workspace_at(url).snapshot()).done == len(study.steps())
    assert put(url) == kept_of(whole)
    assert history(study.steps(), workspace_at(url).snapshot())[0].steps == len(study.steps())


def test_what_was_half_put_is_done_again(
    tmp_path: Path, url: str, asked: tuple[Study, Sources], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, given = asked
    kept = kept_of(run(tmp_path / "study", study, given))
    write, room = Depot.write, iter(range(9))

    def until_cut(depot: Depot, name: str, content: bytes | Path) -> None:
        if name.startswith("steps/") and next(room, None) is None:
            raise ResourceError("the line is cut")
        write(depot, name, content)

    with monkeypatch.context() as patched:
        patched.setattr(Depot, "write", until_cut)
        with pytest.raises(ResourceError, match="the line is cut"):
            run(url, study, given)
    before, half = standing(study.steps(), workspace_at(url).snapshot()).done, put(url)
    assert 0 < before < len(study.steps())
    with machine(tmp_path / "other"):
        run(url, study, given)
    assert put(url) == kept
    # The machine that it ended on need not do it again.
    for name in kept.keys() - half.keys():
        Depot.at(url).remove(name)
    done: list[str] = []
    begin = Mirror.begin_step
    monkeypatch.setattr(Mirror, "begin_step", lambda self, spec: (done.append(spec.digest()), begin(self, spec))[1])
    run(url, study, given)
    assert len(done) == len(study.steps()) - before - 1
    assert put(url) == kept
    assert not list(workspace_at(url).folder.rglob(".ended.json"))


def test_status_lists_once_and_fetches_results_only(
    tmp_path: Path, url: str, asked: tuple[Study, Sources], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(url, *asked)
    asked_for, listed = list[str](), list[str]()
    for name, seen in (("cat_file", asked_for), ("get_file", asked_for), ("find", listed)):
        real = getattr(MemoryFileSystem, name)

        def watched(self: MemoryFileSystem, path: str, *more: Any, _real: Any = real, _seen: Any = seen, **named: Any) -> Any:
            _seen.append(path)
            return _real(self, path, *more, **named)

        monkeypatch.setattr(MemoryFileSystem, name, watched)
    with machine(tmp_path / "other"):
        found = document(capsys, "study", "status", url, "--json")["adain"]
        assert not list((tmp_path / "other").rglob("*"))
    assert found["missing"] == 0
    digests = {step.digest() for step in asked[0].steps()}
    results = [f"/bucket/tickets/steps/{digest}/result.json" for digest in digests]
    assert sorted(asked_for) == sorted([*results, "/bucket/tickets/study.json"])
    assert listed == ["/bucket/tickets/steps"]


def test_a_report_is_put_beside_the_study_or_anywhere(
    tmp_path: Path, url: str, asked: tuple[Study, Sources], capsys: pytest.CaptureFixture[str]
) -> None:
    run(url, *asked)
    run(tmp_path / "study", *asked)
    capsys.readouterr()
    with machine(tmp_path / "other"):
        assert main(["study", "report", url]) == 0
        assert capsys.readouterr().out == f"{url}/report/index.html\n"
        assert main(["study", "report", str(tmp_path / "study"), "-o", "memory://bucket/elsewhere/"]) == 0
        assert capsys.readouterr().out == "memory://bucket/elsewhere/index.html\n"
        assert main(["study", "report", url, "-o", str(tmp_path / "here")]) == 0
    files = put(f"{url}/report")
    assert {"index.html", "report.json", "report.csv"} < files.keys()
    assert files["report.csv"] == put("memory://bucket/elsewhere")["report.csv"] == (tmp_path / "here/report.csv").read_bytes()
    assert {name.split("/")[0] for name in files} == {path.name for path in (tmp_path / "here").iterdir()}
    facts = json.loads(files["report.json"])
    assert facts["history"][0]["steps"] == len(asked[0].steps())
    assert facts["kinds"]
    assert facts["notes"] == []


def test_a_step_that_is_deleted_at_the_url_is_done_again_whatever_is_here(url: str, asked: tuple[Study, Sources]) -> None:
    study, given = asked
    workspace = run(url, study, given)
    before = put(url)
    trained = next(step.digest() for step in study.steps() if isinstance(step, Train))
    stale = workspace.folder / "steps" / trained / "left.txt"
    stale.touch()
    for name in before:
        if name.startswith(f"steps/{trained}/"):
            Depot.at(url).remove(name)
    run(url, study, given)
    assert put(url) == before
    assert not stale.exists()
    # And one that is another by now is fetched.
    network = f"steps/{trained}/network/config.json"
    Depot.at(url).write(network, b"other")
    Depot.at(url).write(f"steps/{trained}/result.json", b'{"digest": "other"}')
    assert (workspace_at(url).step(trained) / "network" / "config.json").read_bytes() == b"other"


def test_what_is_wrong_at_a_url_is_one_line(
    tmp_path: Path, url: str, asked: tuple[Study, Sources], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study, given = asked
    monkeypatch.setitem(sys.modules, "s3fs", None)
    for verb in ("status", "resume", "report"):
        assert f"{url} is not the folder of a study: it has no study.json" in refused(capsys, "study", verb, url)
        assert "Protocol not known: nope" in refused(capsys, "study", verb, "nope://bucket/tickets")
        assert "install it with `pip install s3fs`" in refused(capsys, "study", verb, "s3://bucket/tickets")
        assert "names no folder" in refused(capsys, "study", verb, "memory://")
    assert "install it with `pip install s3fs`" in refused(capsys, "study", "run", "tickets", "-o", "s3://bucket/tickets")
    begun(url, study, given)
    depot = Depot.at(url)
    first = next(step.digest() for step in study.steps() if isinstance(step, Judge))
    depot.write(f"steps/{first}/result.json", b"{")
    assert f"{url}/steps/{first}/result.json is damaged" in refused(capsys, "study", "status", url)
    depot.remove(f"steps/{first}/result.json")
    other = study.model_copy(update={"scale": "small"})
    with pytest.raises(JournalError, match=f"^{url} is the folder of another study, scale differ"):
        workspace_at(url).describe(other)
    (digest, *_) = given.networks
    kept = Sources.kept(workspace_at(url))
    depot.remove(f"networks/{digest}/config.json")
    with machine(tmp_path / "other"):
        with pytest.raises(InputError, match=f"the network {url}/networks/{digest} is gone; `intaglio study run` with its"):
            kept.network(digest)
        with pytest.raises(InputError, match=f"the network {digest} is not at hand"):
            Sources.kept(workspace_at(url)).network(digest)
        given.keep(workspace_at(url))
        assert kept.network(digest).digest() == digest
    depot.remove("sources.json")
    assert f"{url} has no sources.json" in refused(capsys, "study", "resume", url)
    depot.write("study.json", b"[]")
    assert f"{url}/study.json is of format None" in refused(capsys, "study", "status", url)


def test_a_home_that_cannot_be_written_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/proc/nowhere")
    with (
        pytest.raises(ResourceError, match=r"cannot be made: .*; a study at a URL has a copy in the home of its user"),
        workspace_at(url).locked(),
    ):
        pass


def test_storage_that_workers_do_not_share_is_noticed(url: str, asked: tuple[Study, Sources]) -> None:
    with pytest.raises(IntaglioError, match=f"{url} has no"):
        run(url, *asked, workers=2)


def test_two_workers_give_the_bytes_of_one(tmp_path: Path, url: str, asked: tuple[Study, Sources]) -> None:
    run(url, *asked)
    store = f"file://{tmp_path}/store"
    run(store, *asked, workers=2)
    assert put(store) == put(url)


def test_two_processes_of_one_machine_do_not_run_one_study(url: str) -> None:
    with (
        workspace_at(url).locked(),
        pytest.raises(JournalError, match=f"^{url} is being run by process"),
        workspace_at(url).locked(),
    ):
        pass
    with workspace_at(url).locked():
        pass


def test_the_first_machine_that_ends_a_step_has_put_it(tmp_path: Path, url: str, asked: tuple[Study, Sources]) -> None:
    study, given = asked
    step = study.steps()[0]
    begun(url, study, given)
    for number in range(2):
        with machine(tmp_path / str(number)):
            workspace = workspace_at(url)
            (workspace.begin_step(step) / "weights").write_text(str(number))
            workspace.end_step(step, {"digest": str(number)})
            assert workspace.result(step.digest()) == {"digest": "0"}
    with machine(tmp_path / "1"):
        assert (workspace_at(url).step(step.digest()) / "weights").read_text() == "0"
