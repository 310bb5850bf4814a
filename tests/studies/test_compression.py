"""Studies of smaller style networks, and their reports."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from cli.html_page import Page
from data.training_pictures import filled
from intaglio.exporting.compact import compacted
from intaglio.metrics.cost import cost_of
from intaglio.pruning.catalog import STRUCTURED
from intaglio.pruning.contest import Contest
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.studies.action import network_of
from intaglio.studies.actions import ACTIONS
from intaglio.studies.compression.definition import CompressionStudy
from intaglio.studies.compression.findings import findings
from intaglio.studies.compression.plan import CompressionPlan
from intaglio.studies.compression.reporting.facts import CompressionReport
from intaglio.studies.compression.reporting.write import write_report
from intaglio.studies.compression.scales import SCALES
from intaglio.studies.compression.steps import Teach
from intaglio.studies.compression.trials import DISTILLED, control, dense, steps, trials
from intaglio.studies.definition import Request
from intaglio.studies.folder import open_study
from intaglio.studies.materials import Materials
from intaglio.studies.runner import run_steps
from intaglio.studies.tickets.steps import Train
from intaglio.studies.workspace import Workspace
from intaglio.training.teach import without_smallest
from intaglio.vocabulary.errors import JournalError, SpecError
from intaglio.vocabulary.progress import Progress
from studies.small_compression import DEFINITION, SHORT, asked
from studies.small_studies import contents
from studies.test_lottery import NAMED
from training.networks import adain_like, encoder_for

MATERIALS = Materials(**NAMED, start={"adain": "5" * 16})
# A description that is changed without need loses all that was done under it.
DIGEST, STEP = "457b26d7745816db", "8381c21b4aba922d"
Reported = tuple[CompressionStudy, Workspace, Path, CompressionReport]


class Stop(Exception):
    """Ends a study from inside."""


def plan_of(study: CompressionStudy) -> CompressionPlan:
    (plan,) = study.plans.values()
    return plan


def planned(scale: str = "tiny", **changes: Any) -> CompressionPlan:
    return plan_of(DEFINITION.study(MATERIALS, scale, ("adain",), **changes))


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    folder = tmp_path_factory.mktemp("reported")
    study, given = asked(folder, seeds=(0, 1))
    workspace = Workspace(folder / "study")
    workspace.describe(study)
    given.keep(workspace)
    run_steps(study.steps(), workspace, given)
    return study, workspace, folder / "report", write_report(study, DEFINITION, workspace, folder / "report")


def test_the_digest_of_a_study_stays() -> None:
    study = DEFINITION.study(MATERIALS, "tiny")
    assert study.digest() == DIGEST
    assert study.steps()[-1].digest() == STEP


@pytest.mark.parametrize("scale", SCALES)
def test_the_study_can_be_written_down_and_read_again(scale: str) -> None:
    made = DEFINITION.study(MATERIALS, scale)
    assert list(made.plans) == ["adain", "sanet"]
    assert DEFINITION.read(made.model_dump(mode="json"), "test") == made


def test_every_step_stands_behind_what_it_needs_and_once() -> None:
    found = steps(planned(seeds=(0, 1)))
    digests = [step.digest() for step in found]
    assert len(set(digests)) == len(digests)
    for number, step in enumerate(found):
        assert set(ACTIONS[type(step)].needs(step)) <= set(digests[:number])


def test_all_arms_train_for_as_many_steps_from_one_network() -> None:
    plan = planned(methods=tuple(STRUCTURED), seeds=(3,))
    longer = control(plan, 3).made
    assert isinstance(longer, Train)
    assert longer.training.steps == plan.budget
    for trial in trials(plan):
        made = trial.made
        assert not isinstance(made, Train)
        phases = (made.encoder, made.decoder) if isinstance(made, Teach) else (made.pruning, made.retraining)
        assert sum(phase.steps for phase in phases) == plan.budget
        assert {phase.seed for phase in phases} == {3}
        assert made.of == longer.begin == dense(plan, 3).made.digest()
    assert {trial.arm for trial in trials(plan)} == {*STRUCTURED, DISTILLED}
    assert DISTILLED not in {trial.arm for trial in trials(planned(taught=False))}


@pytest.mark.parametrize("scale", ["tiny", "small"])
@pytest.mark.parametrize("method", STRUCTURED)
def test_pushing_is_over_within_its_steps_where_ranks_stay(scale: str, method: str) -> None:
    import torch

    way, made = planned(scale).ways[method], STRUCTURED[method]
    rule: Any = made.rule.parse({**made.usual, **way.rule}, where="test")
    updates = way.training.steps // way.interval
    contest = Contest.begin(128, 0.6, updates)
    for _ in range(updates):
        contest = rule(contest, torch.arange(1.0, 129.0, dtype=torch.float64))
    assert contest.finished


def test_networks_that_are_made_are_small_and_judged(reported: Reported) -> None:
    study, workspace, _, _ = reported
    assert open_study(workspace) == (DEFINITION, study)
    plan = plan_of(study)
    found = findings(plan, workspace)
    assert found is not None
    assert (found.missing, found.arms()) == (0, ["greg-1", "l1", DISTILLED])
    assert found.trained_on is not None
    for trial in trials(plan):
        result, judged = workspace.result(trial.made.digest()), workspace.result(trial.judge.digest())
        assert result is not None
        assert judged is not None
        made = from_pretrained(network_of(workspace, trial.made.digest()))
        assert (made.digest(), made.ticket) == (result["digest"], None)
        assert cost_of(made.network).parameters == result["parameters"]
        outcome = found.at(trial.arm, trial.speedup)
        assert outcome is not None
        run = outcome.runs[trial.seed]
        assert run.errors.error == judged["error"] == pytest.approx(judged["content"] + judged["style"])
        assert run.dense == found.dense[trial.seed]
        assert run.times == pytest.approx(run.errors.error / run.dense.error)
        # Counts of filters are rounded up.
        assert 1.5 <= run.speedup < 2.0
        assert (run.cut is None, run.recovered is None) == (isinstance(trial.made, Teach),) * 2
    sizes = {(one.speedup, one.parameters) for arm in found.arms() for one in found.of(arm)[0].runs.values()}
    assert len(sizes) == 1
    assert not list(workspace.folder.rglob("checkpoints"))


def test_a_network_with_attention_can_be_asked_for(tmp_path: Path) -> None:
    study, given = asked(tmp_path, "sanet", methods=("l1",), speedups=(1.1,))
    workspace = Workspace(tmp_path / "study")
    workspace.describe(study)
    run_steps(study.steps(), workspace, given)
    found = findings(plan_of(study), workspace)
    assert found is not None
    assert (found.missing, found.arms()) == (0, ["l1", DISTILLED])


@pytest.mark.parametrize("encoder", [{}, {"--encoder": "encoder"}], ids=["its own encoder", "another encoder"])
def test_a_start_of_its_kind_is_begun_with_as_it_is_unless_another_encoder_is_given(
    tmp_path: Path, encoder: dict[str, str]
) -> None:
    narrow, _ = compacted(without_smallest(adain_like("sanet"), 1.5))
    save_pretrained(narrow, tmp_path / "narrow")
    save_pretrained(encoder_for("sanet"), tmp_path / "encoder")
    begin = {
        option: str(tmp_path / name) for option, name in {"--start": "narrow", "--loss-network": "encoder", **encoder}.items()
    }
    options = ("--content", "--style", "--test-content", "--test-style")
    folders = {option: (filled(tmp_path / option, 3),) for option in options}
    request = Request(scale="tiny", networks=("adain",), folders=folders, begin=begin, settings=SHORT)
    study, given = DEFINITION.asked(request)
    workspace = Workspace(tmp_path / "study")
    workspace.describe(study)
    run_steps(study.steps()[:1], workspace, given)
    begun = from_pretrained(network_of(workspace, study.steps()[0].digest()))
    assert (begun.digest() == narrow.digest()) == (not encoder)


def test_a_study_that_is_stopped_after_any_step_ends_with_the_same_bytes(tmp_path: Path) -> None:
    study, given = asked(tmp_path, methods=("l1",))
    whole = Workspace(tmp_path / "whole")
    run_steps(study.steps(), whole, given)

    def stop(_: Progress) -> None:
        raise Stop

    stopped = Workspace(tmp_path / "stopped")
    for _ in study.steps():
        with pytest.raises(Stop):
            run_steps(study.steps(), stopped, given, listener=stop)
    assert contents(stopped) == contents(whole)


def test_one_page_holds_the_numbers_of_the_results_and_needs_nothing_else(reported: Reported) -> None:
    study, workspace, folder, report = reported
    text = (folder / "index.html").read_text()
    shown = Page(text)
    assert all(link.startswith(("#", "data:image/")) for link in shown.links)
    words = shown.text()
    for trial in trials(plan_of(study)):
        judged, result = workspace.result(trial.judge.digest()), workspace.result(trial.made.digest())
        assert judged is not None
        assert result is not None
        assert all(f"{judged[name]:.3f}" in words for name in ("error", "content", "style"))
        assert f"{result['speedup']:.3f}x" in words
        assert f"{result['parameters']:,}" in words
    (account,) = report.accounts
    assert [one.title for one in account.exhibits] == ["large", "large, trained on", "greg-1", "l1", DISTILLED]
    assert text.count("data:image/jpeg;base64,") == 6 * (2 + len(account.exhibits))
    assert account.paces is not None
    assert [one.title for one in account.paces.networks] == ["large", "1.5 times"]
    assert f"{account.paces.networks[1].seconds:.3f}" in words
    assert all(verdict.text in words for verdict in account.verdicts)
    assert all(f"{one.best:.1f} %" in words for one in account.published)
    assert len(account.published) == 3
    assert report.study_digest in words
    names = [part.split('"')[0] for part in text.split(' id="')[1:]]
    assert len(names) == len(set(names))


def test_numbers_are_there_for_machines(reported: Reported) -> None:
    study, workspace, folder, report = reported
    assert CompressionReport.parse(json.loads((folder / "report.json").read_text()), where="report.json") == report
    rows = list(csv.DictReader((folder / "report.csv").read_text().splitlines()))
    judged = {(one.arm, str(one.seed)): workspace.result(one.judge.digest()) for one in trials(plan_of(study))}
    assert len(rows) == len(judged) == 6
    for row in rows:
        result = judged[row["arm"], row["seed"]]
        assert result is not None
        assert float(row["error"]) == result["error"]
        assert (row["recovered"] == "") == (row["arm"] == DISTILLED)


def test_a_study_of_which_nothing_is_judged_has_no_report(tmp_path: Path) -> None:
    study, given = asked(tmp_path)
    workspace = Workspace(tmp_path / "study")
    workspace.describe(study)
    given.keep(workspace)
    with pytest.raises(JournalError, match=r"no network is judged yet; go on with"):
        write_report(study, DEFINITION, workspace, tmp_path / "report")
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"methods": ("sppp",)}, SpecError, "did you mean spp"),
        ({"speedups": (0.5,)}, SpecError, "speedups have to be above 1"),
        ({"lesson": 1.0}, SpecError, "lesson"),
        ({"seed": 1}, SpecError, "did you mean 'seeds'"),
        ({"taught": False, "methods": ("l1",), "ways": {"l1": {"interval": 0}}}, SpecError, r"ways\.l1\.interval"),
    ],
)
def test_what_is_not_known_is_refused(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        planned(**changes)
