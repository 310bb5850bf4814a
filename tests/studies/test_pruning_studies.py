import json
import sys
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from intaglio.storage.artifact import from_pretrained
from intaglio.studies.action import network_of
from intaglio.studies.folder import open_study
from intaglio.studies.runner import run_steps
from intaglio.studies.sources import Sources
from intaglio.studies.spread import Spread
from intaglio.studies.structured.actions import pushes_of
from intaglio.studies.structured.definition import PruningStudy
from intaglio.studies.structured.findings import findings
from intaglio.studies.structured.steps import Prune
from intaglio.studies.structured.trials import trials
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.errors import InputError, OptionError
from intaglio.vocabulary.progress import Progress
from studies.killing import kills
from studies.small_pruning import PRUNING, QUICK, asked
from studies.small_studies import contents

PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from intaglio.studies.folder import open_study
from intaglio.studies.runner import run_steps
from intaglio.studies.sources import Sources
from intaglio.studies.workspace import Workspace
print("begun", flush=True)
if __name__ == "__main__":
    workspace = Workspace(Path(sys.argv[2]))
    with workspace.locked():
        run_steps(open_study(workspace)[1].steps(), workspace, Sources.kept(workspace), workers=2)
"""


class Stop(Exception):
    """Ends a study from inside."""


def run(folder: Path, study: PruningStudy, given: Sources, **options: Any) -> Workspace:
    workspace = Workspace(folder)
    with workspace.locked():
        workspace.describe(study)
        given.keep(workspace)
        run_steps(study.steps(), workspace, given, **options)
    return workspace


def test_prunings_are_judged_and_keep_tickets_and_traces(tmp_path: Path) -> None:
    study, given = asked(tmp_path)
    workspace = run(tmp_path / "study", study, given)
    assert open_study(workspace) == (PRUNING["structured"], study)
    (plan,) = study.plans.values()
    found = findings(plan, workspace)
    assert found is not None
    assert (found.missing, found.arms()) == (0, ["spp", "l1"])
    assert found.trained_on is not None
    for trial in trials(plan):
        outcome = found.at(trial.arm, trial.speedup)
        assert outcome is not None
        result = workspace.result(trial.prune.digest())
        assert result is not None
        made = from_pretrained(network_of(workspace, trial.prune.digest()))
        assert made.ticket is not None
        run_of = outcome.runs[trial.seed]
        assert (made.digest(), made.ticket.mask.digest()) == (result["digest"], result["mask"])
        assert run_of.dense == result["accuracy"] == found.dense[trial.seed]
        assert run_of.lost == pytest.approx(100 * (run_of.dense - run_of.retrained))
        left = {name: float(kept.double().mean()) for name, kept in made.ticket.mask.items()}
        costs = {name: cost["before"] * left.get(f"{name}.weight", 1.0) for name, cost in result["costs"].items()}
        assert {name: cost["after"] for name, cost in result["costs"].items()} == pytest.approx(costs)
        assert run_of.speedup == pytest.approx(sum(one["before"] for one in result["costs"].values()) / sum(costs.values()))
        # Counts of groups are rounded up.
        assert 1.5 <= run_of.speedup < 1.6
        trace = load_file(pushes_of(workspace.step(trial.prune.digest())))
        assert len(trace["steps"]) == trial.prune.pruning.steps
    assert not list(workspace.folder.rglob("checkpoints"))


def test_a_network_is_pruned_while_it_learns_other_pictures(tmp_path: Path) -> None:
    study, given = asked(tmp_path, "transfer-learning", methods=("l1",))
    workspace = run(tmp_path / "study", study, given)
    (plan,) = study.plans.values()
    found = findings(plan, workspace)
    assert found is not None
    assert found.arms() == ["l1", "l1 while it learns"]
    classes = {
        trial.arm: [
            from_pretrained(network_of(workspace, digest)).config.model_dump()["classes"]
            for digest in (trial.dense.start, trial.prune.of, trial.prune.digest())
        ]
        for trial in trials(plan)
    }
    assert list(classes.values()) == [[2, 3, 3], [2, 3, 3]]


def test_a_study_that_is_stopped_after_any_step_ends_with_the_same_bytes(tmp_path: Path) -> None:
    study, given = asked(tmp_path, methods=("l1",))
    whole = contents(run(tmp_path / "whole", study, given))

    def stop(_: Progress) -> None:
        raise Stop

    for _ in study.steps():
        with pytest.raises(Stop):
            run(tmp_path / "stopped", study, given, listener=stop)
    assert contents(Workspace(tmp_path / "stopped")) == whole


@pytest.mark.slow
def test_a_study_that_is_killed_again_and_again_ends_with_the_same_bytes(tmp_path: Path) -> None:
    slower = {**QUICK, "spp": {**QUICK["spp"], "interval": 6, "training": {"steps": 450}}}
    study, given = asked(tmp_path, methods=("spp", "increg"), ways=slower)
    whole = contents(run(tmp_path / "whole", study, given))
    killed = Workspace(tmp_path / "killed")
    killed.describe(study)
    given.keep(killed)
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, str(program), str(Path(__file__).parents[1]), str(killed.folder)]
    assert kills(command, lambda attempt: 2 + 2.3 * attempt) > 0
    assert {name: content for name, content in contents(killed).items() if name != "lock"} == {
        name: content for name, content in whole.items() if name != "lock"
    }


def test_labelled_pictures_are_known_by_their_content(tmp_path: Path) -> None:
    study, given = asked(tmp_path)
    (tmp_path / "study").mkdir()
    given.keep(Workspace(tmp_path / "study"))
    kept = Sources.kept(Workspace(tmp_path / "study"))
    assert kept == given
    digest = next(step.data for step in study.steps() if isinstance(step, Prune))
    assert kept.classes(digest).digest() == digest
    with pytest.raises(InputError, match=r"the labelled pictures 0 are not at hand; name their folder to `intaglio study run`"):
        kept.classes("0")
    (tmp_path / "pictures" / "train" / "cat" / "00.png").unlink()
    with pytest.raises(InputError, match="pictures: the pictures have changed, their digest is"):
        kept.classes(digest)
    content = json.loads((tmp_path / "study" / "sources.json").read_text())
    (tmp_path / "study" / "sources.json").write_text(json.dumps({"pictures": content["pictures"]}))
    assert Sources.kept(Workspace(tmp_path / "study")).labelled == {}


def test_other_classes_to_be_tested_on_are_refused(tmp_path: Path) -> None:
    asked(tmp_path)
    (tmp_path / "pictures" / "val" / "cat").rename(tmp_path / "pictures" / "val" / "dog")
    with pytest.raises(OptionError, match="other classes to learn from than to be tested on"):
        asked(tmp_path)


def test_a_spread_is_the_lowest_and_the_highest() -> None:
    found = Spread.of([0.25, 1.0, 0.25])
    assert found == Spread(mean=0.5, low=0.25, high=1.0)
    assert (found.told(".2f"), Spread.of([0.5]).told(".2f")) == ("0.50 [0.25, 1.00]", "0.50")
