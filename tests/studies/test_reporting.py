"""Reports of studies small enough to be run here."""

import csv
import json
from pathlib import Path

import pytest
import torch

from cli.html_page import Page
from intaglio.storage.artifact import from_pretrained
from intaglio.studies.materials import Materials
from intaglio.studies.runner import run_steps
from intaglio.studies.tickets.definition import LotteryStudy
from intaglio.studies.tickets.lottery import trials
from intaglio.studies.tickets.reporting.facts import Report
from intaglio.studies.tickets.reporting.gather import gather
from intaglio.studies.tickets.reporting.plots import plots_of
from intaglio.studies.tickets.reporting.write import write_report
from intaglio.studies.workspace import Workspace
from intaglio.stylizing.stylize import stylize
from intaglio.vocabulary.errors import JournalError
from studies.small_studies import TICKETS, sources

SMALL = {"crop": {"size": 32, "resize": "shorter", "to": 40}, "training": {"steps": 2, "batch_size": 2}, "floor": 0.01}


def begun(folder: Path, name: str = "tickets", **changes: object) -> tuple[LotteryStudy, Workspace]:
    """A study that nothing is done of, and its folder."""
    given, named = sources(folder, "adain")
    materials = Materials(**{**named, "start": {"adain": named["start"]}})
    study = TICKETS[name].study(materials, "tiny", ("adain",), **{**SMALL, "rounds": 2, **changes})
    workspace = Workspace(folder / "study")
    workspace.describe(study)
    given.keep(workspace)
    return study, workspace


def done(folder: Path, name: str = "tickets", **changes: object) -> tuple[LotteryStudy, Workspace]:
    study, workspace = begun(folder, name, **changes)
    given, _ = sources(folder, "adain")
    run_steps(study.steps(), workspace, given)
    return study, workspace


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[LotteryStudy, Workspace, Path, Report]:
    folder = tmp_path_factory.mktemp("reported")
    study, workspace = done(folder, seeds=(0, 1))
    return study, workspace, folder / "report", write_report(study, TICKETS[study.name], workspace, folder / "report")


Reported = tuple[LotteryStudy, Workspace, Path, Report]


def test_one_page_holds_all_and_needs_nothing_else(reported: Reported) -> None:
    _, _, folder, report = reported
    text = (folder / "index.html").read_text()
    shown = Page(text)
    assert all(link.startswith(("#", "data:image/jpeg;base64,")) for link in shown.links)
    assert len(shown.images) == 6 * (2 + len(report.accounts[0].winners))
    assert all(image["alt"] for image in shown.images)
    assert text.count('<svg role="img" aria-label=') == 3
    words = shown.text()
    for level in report.accounts[0].findings.levels:
        assert f"{level.error.mean:.3f}" in words
    for published in TICKETS["tickets"].published[:3]:
        assert f"{published.best:.3f}" in words
    assert report.study_digest in words
    assert all(verdict.text in words for verdict in report.accounts[0].verdicts)


def test_names_inside_plots_are_told_apart(reported: Reported) -> None:
    text = (reported[2] / "index.html").read_text()
    names = [part.split('"')[0] for part in text.split(' id="')[1:]]
    assert len(names) == len(set(names))
    referred = {part.split(")")[0] for part in text.split("url(#")[1:]} | {
        part.split('"')[0] for part in text.split('xlink:href="#')[1:]
    }
    assert referred
    assert referred <= set(names)


def test_numbers_are_there_for_machines(reported: Reported) -> None:
    study, _, folder, report = reported
    assert Report.parse(json.loads((folder / "report.json").read_text()), where="report.json") == report
    rows = list(csv.DictReader((folder / "report.csv").read_text().splitlines()))
    networks = [trial for lottery in study.lotteries.values() for trial in trials(lottery)]
    assert len(rows) == len(networks)
    dense = {row["seed"]: float(row["error"]) for row in rows if row["arm"] == "dense"}
    for row in rows:
        assert float(row["from_dense"]) == pytest.approx(float(row["error"]) - dense[row["seed"]])
    for kind, mark in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        assert [path.read_bytes()[: len(mark)] for path in sorted(folder.glob(f"*.{kind}"))] == [mark] * 3
    assert (folder / "adain-pictures.jpg").stat().st_size > 1000


def test_the_tickets_that_won_stand_alone(reported: Reported) -> None:
    _, workspace, folder, report = reported
    tickets = [winner for winner in report.accounts[0].winners if winner.folder]
    assert tickets
    for winner in tickets:
        trained, start = (from_pretrained(folder / f"{winner.folder}{suffix}") for suffix in ("", "-start"))
        assert trained.ticket is not None
        assert start.ticket is not None
        assert trained.ticket.mask == start.ticket.mask
        assert trained.ticket.mask.sparsity == pytest.approx(winner.sparsity)
        assert (trained.ticket.origin.study, trained.ticket.origin.round) == (report.study_digest, winner.round)
        assert (trained.ticket.origin.rewound, start.ticket.origin.rewound) == (None, 0)
        made = from_pretrained(workspace.step(winner.step) / "network")
        content, style = torch.rand(1, 3, 40, 48), torch.rand(1, 3, 32, 32)
        expected = stylize(content, style, model=made, device="cpu")
        assert torch.equal(stylize(content, style, model=trained, device="cpu"), expected)


def test_a_report_can_be_written_while_a_study_goes_on(tmp_path: Path) -> None:
    study, workspace = begun(tmp_path)
    with pytest.raises(JournalError, match="study: no network is judged yet; go on with `intaglio study resume`"):
        write_report(study, TICKETS[study.name], workspace, tmp_path / "report")
    given, _ = sources(tmp_path, "adain")
    run_steps(study.steps()[:8], workspace, given)
    with workspace.locked():
        report = write_report(study, TICKETS[study.name], workspace, tmp_path / "report")
    missing = report.accounts[0].findings.missing
    assert missing > 0
    assert f"{missing} networks are still to be trained" in Page((tmp_path / "report" / "index.html").read_text()).text()


def test_without_its_pictures_a_report_says_so(tmp_path: Path) -> None:
    study, workspace = done(tmp_path, "joint-training", rounds=1)
    (tmp_path / "test").rename(tmp_path / "elsewhere")
    report = write_report(study, TICKETS[study.name], workspace, tmp_path / "report")
    assert "test: no such folder" in report.notes[0]
    assert report.notes[0] in Page((tmp_path / "report" / "index.html").read_text()).text()
    (tmp_path / "elsewhere").rename(tmp_path / "test")
    assert write_report(study, TICKETS[study.name], workspace, tmp_path / "report").notes == ()
    (tmp_path / "test").rename(tmp_path / "elsewhere")
    # Drawn once, they are the study's own.
    assert write_report(study, TICKETS[study.name], workspace, tmp_path / "report").notes == ()


@pytest.mark.parametrize("name", TICKETS)
def test_every_study_has_a_report(tmp_path: Path, name: str) -> None:
    network = TICKETS[name].networks[0]
    given, named = sources(tmp_path, network)
    study = TICKETS[name].study(
        Materials(**{**named, "start": {network: named["start"]}}), "tiny", (network,), **SMALL, rounds=1
    )
    workspace = Workspace(tmp_path / "study")
    run_steps(study.steps(), workspace, given)
    report = gather(study, TICKETS[name], workspace)
    assert [account.label for account in report.accounts] == list(study.lotteries)
    for account in report.accounts:
        assert {winner.arm for winner in account.winners} >= {"dense", account.lottery.arms[0]}
        assert [verdict.text for verdict in account.verdicts] == [claim.text for claim in TICKETS[name].claims]
        for plot in plots_of(account, "plot"):
            assert account.label in plot.says
            assert plots_of(account, "plot")[0].svg == plots_of(account, "plot")[0].svg
