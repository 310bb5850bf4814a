"""Reports on tickets in GANs."""

import csv
import json
from pathlib import Path

import pytest

from cli.html_page import Page
from intaglio.storage.artifact import from_pretrained
from intaglio.studies.gans.definition import GanStudy
from intaglio.studies.gans.findings import findings
from intaglio.studies.gans.lottery import trials
from intaglio.studies.gans.reporting.facts import GanReport
from intaglio.studies.gans.reporting.plots import plots_of
from intaglio.studies.gans.reporting.write import write_report
from intaglio.studies.levels import Interval
from intaglio.studies.runner import run_steps
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.errors import JournalError
from studies.small_gan_studies import GANS, lottery, materials

Reported = tuple[GanStudy, Workspace, Path, GanReport]


def report_of(folder: Path, preset: str, **changes: object) -> Reported:
    named, sources = materials(folder, preset)
    spec = lottery(named, preset, **changes)
    made = GanStudy(name=f"gan-tickets-{preset}", scale="tiny", lotteries={preset: spec})
    workspace, out = Workspace(folder / "study"), folder / "report"
    workspace.describe(made)
    sources.keep(workspace)
    run_steps(made.steps(), workspace, sources)
    return made, workspace, out, write_report(made, GANS[made.name], workspace, out)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    folder = tmp_path_factory.mktemp("reported")
    return report_of(folder, "sngan", arms=("imp-g", "random"), seeds=(0, 1), metrics=("fid", "precision"))


def test_one_page_holds_the_scores_and_needs_nothing_else(reported: Reported) -> None:
    made, _, folder, report = reported
    text = (folder / "index.html").read_text()
    shown = Page(text)
    assert all(link.startswith(("#", "data:image/")) for link in shown.links)
    words = shown.text()
    (spec,) = made.lotteries.values()
    for trial in trials(spec):
        assert f"{trial.sparsity:.1%}" in words
    (account,) = report.accounts
    found = account.findings
    assert found.measure.startswith("FID[convnet ")
    assert found.measure in words
    assert f"{found.last.dense.error.mean:.2f}" in words
    assert all(f"{level.error.mean:.2f}" in words for level in found.last.levels)
    assert all(verdict.text in words for verdict in account.verdicts)
    assert found.protocol[0] in words
    looks = spec.looks
    assert text.count("data:image/jpeg;base64,") == looks * len(account.winners)
    assert f"after {', '.join(str(step) for step, _ in account.winners[0].curve)} steps" in words
    names = [part.split('"')[0] for part in text.split(' id="')[1:]]
    assert len(names) == len(set(names))


def test_the_best_of_a_training_is_told_beside_the_last(reported: Reported) -> None:
    made, workspace, _, report = reported
    (spec,) = made.lotteries.values()
    (account,) = report.accounts
    found = account.findings
    for level in (found.last.dense, *found.last.levels):
        best = found.best.at(level.arm, level.round) if level.round else found.best.dense
        assert best is not None
        for trial in trials(spec):
            if (trial.arm, trial.round) == (level.arm, level.round):
                result = workspace.result(trial.score.digest())
                assert result is not None
                scores = [one["scores"]["fid"] for one in result["generator"]["curve"]]
                assert (level.errors[trial.seed], best.errors[trial.seed]) == (scores[-1], min(scores))
    (first, _) = found.last.of("random")
    assert first.difference == Interval.of([first.errors[seed] - found.last.dense.errors[seed] for seed in (0, 1)])
    assert set(found.others) == {"precision"}


def test_numbers_are_there_for_machines(reported: Reported) -> None:
    made, _, folder, report = reported
    assert GanReport.parse(json.loads((folder / "report.json").read_text()), where="report.json") == report
    (spec,) = made.lotteries.values()
    with (folder / "report.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(trials(spec))
    assert all(float(row["best"]) <= float(row["last"]) for row in rows)
    for account in report.accounts:
        drawn = plots_of(account, "plot")
        assert [plot.name for plot in drawn] == [f"plot-{kind}" for kind in ("errors", "differences", "layers", "training")]
        assert all((folder / f"sngan-{plot.name.removeprefix('plot-')}.svg").is_file() for plot in drawn)


def test_tickets_are_kept_trained_and_as_they_began(reported: Reported) -> None:
    _, _, folder, report = reported
    (account,) = report.accounts
    kept = [winner for winner in account.winners if winner.folder]
    assert kept
    for winner in kept:
        trained, begun = (from_pretrained(folder / name) for name in (winner.folder, f"{winner.folder}-start"))
        assert trained.ticket is not None
        assert begun.ticket is not None
        assert trained.ticket.mask.digest() == begun.ticket.mask.digest()
        assert trained.ticket.mask.sparsity == pytest.approx(winner.sparsity)
        assert (trained.ticket.origin.rewound, begun.ticket.origin.rewound) == (None, 0)


def test_both_directions_have_accounts_of_their_own(tmp_path: Path) -> None:
    _, _, folder, report = report_of(tmp_path, "cyclegan", arms=("imp-g",), rounds=1)
    assert [account.label for account in report.accounts] == ["cyclegan, generator", "cyclegan, reverse-generator"]
    assert [len(account.published) for account in report.accounts] == [1, 1]
    text = (folder / "index.html").read_text()
    assert text.count("data:image/jpeg;base64,") == sum(2 * (1 + len(account.winners)) for account in report.accounts)
    assert (folder / "cyclegan-reverse-generator-pictures.jpg").is_file()


@pytest.mark.parametrize("preset", ["sngan", "cyclegan"])
def test_generators_with_fewer_channels_are_timed_beside_the_dense_one(tmp_path: Path, preset: str) -> None:
    _, _, folder, report = report_of(tmp_path, preset, arms=("channels", "imp-g"), seeds=(0,), rounds=1, share=0.5)
    words = Page((folder / "index.html").read_text()).text()
    for account in report.accounts:
        assert account.paces is not None
        dense, narrow = account.paces.networks
        assert (dense.title, narrow.title) == ("dense", "channels, 50.0%")
        assert dense.speedup == 1 < narrow.speedup
        assert min(dense.seconds, narrow.seconds) > 0
        assert f"{dense.seconds / narrow.seconds:.2f}x" in words


def test_of_nothing_there_is_no_report(tmp_path: Path) -> None:
    named, sources = materials(tmp_path, "sngan")
    made = GanStudy(name="gan-tickets-sngan", scale="tiny", lotteries={"sngan": lottery(named)})
    workspace = Workspace(tmp_path / "study")
    workspace.describe(made)
    assert findings(made.lotteries["sngan"], workspace) == {}
    with pytest.raises(JournalError, match=r"no network is judged yet; go on with"):
        write_report(made, GANS["gan-tickets-sngan"], workspace, tmp_path / "report")
    assert sources.labelled
