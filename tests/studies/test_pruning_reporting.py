"""Reports of studies of structured pruning small enough to be run here."""

import csv
import json
from pathlib import Path

import pytest
import torch

from cli.html_page import Page
from intaglio.studies.runner import run_steps
from intaglio.studies.structured.definition import PruningStudy
from intaglio.studies.structured.plan import PruningPlan
from intaglio.studies.structured.reporting.facts import PruningReport
from intaglio.studies.structured.reporting.plots import plots_of
from intaglio.studies.structured.reporting.write import write_report
from intaglio.studies.structured.trials import trials
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.errors import JournalError
from studies.small_pruning import PRUNING, asked

Reported = tuple[PruningStudy, Workspace, Path, PruningReport]


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    folder = tmp_path_factory.mktemp("reported")
    study, given = asked(folder, seeds=(0, 1))
    workspace = Workspace(folder / "study")
    workspace.describe(study)
    run_steps(study.steps(), workspace, given)
    return study, workspace, folder / "report", write_report(study, PRUNING[study.name], workspace, folder / "report")


def plan_of(study: PruningStudy) -> PruningPlan:
    (plan,) = study.plans.values()
    return plan


def test_one_page_holds_the_numbers_of_the_results_and_needs_nothing_else(reported: Reported) -> None:
    study, workspace, folder, report = reported
    text = (folder / "index.html").read_text()
    shown = Page(text)
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in shown.links)
    assert text.count('<svg role="img" aria-label=') == 2
    words = shown.text()
    for trial in trials(plan_of(study)):
        result = workspace.result(trial.prune.digest())
        assert result is not None
        assert all(f"{result[name]:.2%}" in words for name in ("accuracy", "pruned", "retrained"))
        assert f"{result['speedup']:.3f}x" in words
        assert f"{result['finished']:,}" in words
    (account,) = report.accounts
    for one in account.findings.outcomes:
        assert f"{one.lost.mean:+.2f}" in words
    for loss in account.published:
        assert "?" in words if loss.lost is None else f"{loss.lost:.2f}" in words
    assert {loss.method for loss in account.published} == {"spp", "l1"}
    assert all(verdict.text in words for verdict in account.verdicts)
    lesson = plan_of(study).lesson
    assert (account.pictures[lesson.data], account.pictures[lesson.test]) == (8, 4)
    assert f"8 pictures {lesson.data}, judged on 4 pictures {lesson.test}" in words
    assert report.study_digest in words


def test_names_inside_plots_are_told_apart(reported: Reported) -> None:
    text = (reported[2] / "index.html").read_text()
    names = [part.split('"')[0] for part in text.split(' id="')[1:]]
    assert len(names) == len(set(names))


def test_numbers_are_there_for_machines(reported: Reported) -> None:
    study, workspace, folder, report = reported
    assert PruningReport.parse(json.loads((folder / "report.json").read_text()), where="report.json") == report
    rows = list(csv.DictReader((folder / "report.csv").read_text().splitlines()))
    results = {(one.arm, str(one.seed)): workspace.result(one.prune.digest()) for one in trials(plan_of(study))}
    assert len(rows) == len(results) == 4
    for row in rows:
        result = results[row["arm"], row["seed"]]
        assert result is not None
        found = [float(row[name]) for name in ("dense", "cut", "retrained", "speedup")]
        assert found == [result[name] for name in ("accuracy", "pruned", "retrained", "speedup")]
        assert float(row["points_lost"]) == pytest.approx(100 * (result["accuracy"] - result["retrained"]))
    for kind, mark in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        assert [path.read_bytes()[: len(mark)] for path in sorted(folder.glob(f"*.{kind}"))] == [mark] * 2


def test_layers_are_those_that_were_pruned(reported: Reported) -> None:
    (account,) = reported[3].accounts
    found = {(one.arm, one.layer): one for one in account.layers}
    assert set(found) == {(arm, layer) for arm in ("spp", "l1") for layer in ("conv1", "conv2", "conv3")}
    for layer in ("conv1", "conv3"):
        pruned = found["spp", layer]
        assert pruned.gone
        assert pruned.left == pytest.approx(1 - pruned.gone / pruned.groups)
    # One cut takes no time that could be shown.
    assert [one.arm for one in account.pushes] == ["spp"]


def test_pushes_are_told_by_what_became_of_the_groups(reported: Reported) -> None:
    (account,) = reported[3].accounts
    (one,) = account.pushes
    pushes = torch.tensor([[0.1, 0.1, 0.1], [0.5, 0.1, 0.2], [1.0, 0.0, 0.2], [1.0, 0.0, 0.2]])
    trace = {
        "steps": torch.tensor([1, 2, 3, 4]),
        f"{one.layer}.pushes": pushes,
        f"{one.layer}.groups": torch.arange(3),
        f"{one.layer}.gone": torch.tensor([True, False, False]),
        f"{one.layer}.recovered": torch.tensor([False, True, False]),
    }
    _, drawn = plots_of(account, "plot", {one.step: trace})
    assert "spp: 1 gone, 1 stayed, 1 recovered" in drawn.says
    assert drawn.svg == plots_of(account, "plot", {one.step: trace})[1].svg
    assert [plot.name for plot in plots_of(account, "plot", {})] == ["plot-accuracy"]


def test_a_report_can_be_written_while_a_study_goes_on(tmp_path: Path) -> None:
    study, given = asked(tmp_path, methods=("l1",), seeds=(0, 1))
    workspace, definition = Workspace(tmp_path / "study"), PRUNING[study.name]
    workspace.describe(study)
    with pytest.raises(JournalError, match="study: no network has learned yet; go on with `intaglio study resume`"):
        definition.report(study, workspace, tmp_path / "report")
    run_steps(study.steps()[:1], workspace, given)
    assert definition.report(study, workspace, tmp_path / "report") == ()
    assert "2 networks are still to be pruned" in Page((tmp_path / "report" / "index.html").read_text()).text()
    assert "2 prunings to go" in str(definition.found(study, workspace).shown)
