import math
from typing import Any

import pytest
import torch

from intaglio.models.catalog import MODELS
from intaglio.pruning.catalog import STRUCTURED
from intaglio.pruning.contest import Contest
from intaglio.pruning.groups import GROUPINGS
from intaglio.storage.pretrained import Pretrained
from intaglio.studies.actions import ACTIONS
from intaglio.studies.catalog import DEFINITIONS
from intaglio.studies.structured.definition import PruningStudy
from intaglio.studies.structured.plan import PruningPlan, Way
from intaglio.studies.structured.scales import SCALES
from intaglio.studies.structured.steps import Learn, Prune
from intaglio.studies.structured.trials import control, steps, trials
from intaglio.training.classifier import CLASSIFIERS
from intaglio.training.speedup import ratios_for_speedup
from intaglio.vocabulary.errors import SpecError, UnknownNameError
from studies.small_pruning import PRUNING, study

every = pytest.mark.parametrize("name", PRUNING)
# A description that is changed without need loses all that was done under it.
DIGESTS = {"structured": "bb3af0a00c0e0bc3", "transfer-learning": "1716d081e3b100d9"}
STEPS = {"structured": "1ded3d14e515545b", "transfer-learning": "221afbcbdcde3561"}


def plan_of(name: str, **changes: Any) -> PruningPlan:
    (plan,) = study(name, **{"network": PRUNING[name].networks[0], **changes}).plans.values()
    return plan


@every
def test_the_digest_of_a_study_stays(name: str) -> None:
    assert study(name, PRUNING[name].networks[0]).digest() == DIGESTS[name]
    assert steps(plan_of(name))[-1].digest() == STEPS[name]


@every
@pytest.mark.parametrize("scale", SCALES)
def test_every_study_can_be_written_down_and_read_again(name: str, scale: str) -> None:
    made = study(name, PRUNING[name].networks[0], scale)
    assert PruningStudy.parse(made.model_dump(mode="json"), where="test") == made
    assert DEFINITIONS[name].read(made.model_dump(mode="json"), "test").digest() == made.digest()


@every
def test_every_step_stands_behind_what_it_needs_and_once(name: str) -> None:
    found = steps(plan_of(name, seeds=(0, 1)))
    digests = [step.digest() for step in found]
    assert len(set(digests)) == len(digests)
    for number, step in enumerate(found):
        assert set(ACTIONS[type(step)].needs(step)) <= set(digests[:number])
    assert {trial.prune.digest() for trial in trials(plan_of(name, seeds=(0, 1)))} <= set(digests)


def test_seeds_share_nothing_and_methods_share_their_base() -> None:
    one, other = ({step.digest() for step in steps(plan_of("structured", seeds=(seed,)))} for seed in (0, 1))
    assert not one & other
    found = list(trials(plan_of("structured", seeds=(0,))))
    assert {trial.prune.of for trial in found} == {found[0].dense.digest()}
    assert {(trial.method, trial.speedup) for trial in found} == {
        (method, speedup) for method in PRUNING["structured"].methods for speedup in (2.0, 4.0)
    }


@every
def test_all_methods_train_for_as_many_steps(name: str) -> None:
    plan = plan_of(name, methods=tuple(STRUCTURED)) if set(STRUCTURED) <= plan_of(name).ways.keys() else plan_of(name)
    learned = {step.digest(): step.training.steps for step in steps(plan) if isinstance(step, Learn)}
    sums = {learned[trial.prune.of] + trial.prune.pruning.steps + trial.prune.retraining.steps for trial in trials(plan)}
    assert sums == {plan.lesson.training.steps + plan.budget}
    trained_on = control(plan, 0)
    assert learned[trained_on.start] + trained_on.training.steps == plan.lesson.training.steps + plan.budget


def test_what_is_pruned_while_it_learns_begins_with_a_network_that_knows_other_pictures() -> None:
    found = {step.digest(): step for step in steps(plan_of("transfer-learning"))}
    arms = {trial.arm: trial for trial in trials(plan_of("transfer-learning"))}
    after, during = (found[arms[arm].prune.of] for arm in ("spp", "spp while it learns"))
    assert isinstance(after, Learn)
    assert isinstance(during, Learn)
    assert after == arms["spp while it learns"].dense
    assert (after.start, during.training.steps) == (during.start, 0)
    first = found[after.start]
    assert isinstance(first, Learn)
    assert (first.data, after.data, first.start) == ("a" * 16, "c" * 16, "")
    prunes = [step for step in found.values() if isinstance(step, Prune)]
    assert {step.data for step in prunes} == {"c" * 16}


def way_of(scale: str, network: str, method: str) -> tuple[Way, Contest]:
    """How a method pushes, and the largest layer that it is to prune to a fourth of the costs."""
    scaled = SCALES[scale](network)
    card = MODELS[network]
    config = card.config.parse(scaled["settings"], where="test")
    with torch.device("meta"):
        made = Pretrained(card=card, config=config, network=card.build(config))
    ratios = ratios_for_speedup(made, 4, GROUPINGS["columns"])
    groups = {name: math.prod(made.network.get_parameter(f"{name}.weight").shape[1:]) for name in ratios}
    largest = max(ratios, key=lambda name: groups[name])
    return scaled["ways"][method], Contest.begin(groups[largest], ratios[largest])


SCHEDULES = [("tiny", "convnet"), ("tiny", "alexnet"), ("small", "convnet"), ("small", "alexnet")]


@pytest.mark.parametrize(
    ("scale", "network", "method"),
    [
        # IncReg updates in every step, and its curve is that of SPP.
        *((*schedule, method) for schedule in SCHEDULES for method in ("spp", "greg-1", "l1")),
        *((*schedule, "increg") for schedule in SCHEDULES[:2]),
    ],
)
def test_pushing_is_over_within_its_steps_where_ranks_stay(scale: str, network: str, method: str) -> None:
    way, contest = way_of(scale, network, method)
    made = STRUCTURED[method]
    rule: Any = made.rule.parse({**made.usual, **way.rule}, where="test")
    norms = torch.arange(1.0, len(contest.push) + 1, dtype=torch.float64)
    updates = way.training.steps // way.interval
    for _ in range(updates):
        contest = rule(contest, norms)
    assert contest.finished


@pytest.mark.parametrize(("scale", "network"), [*SCHEDULES, ("paper", "convnet"), ("paper", "vgg16")])
@pytest.mark.parametrize("method", ["increg", "greg-1", "greg-2"])
def test_what_goes_has_shrunk_to_nothing_before(scale: str, network: str, method: str) -> None:
    way = SCALES[scale](network)["ways"][method]
    rule: Any = STRUCTURED[method].rule.parse({**STRUCTURED[method].usual, **way.rule}, where="test")
    increment = getattr(rule, "largest", None) or rule.step
    updates = math.ceil(rule.ceiling / increment)
    factors = way.interval * sum(number * increment for number in range(1, updates + 1))
    assert way.training.learning_rate / (1 - way.training.momentum) * factors >= 7
    # Below what makes the steps of gradient descent diverge.
    assert way.training.learning_rate * rule.ceiling < 1


def test_the_papers_scale_is_its_schedule() -> None:
    plan = plan_of("structured", scale="paper")
    training = CLASSIFIERS["convnet"]["training"]
    assert plan.lesson.training.model_dump(include=set(training)) == training
    assert plan.retraining == plan.lesson.training
    spp, increg = plan.ways["spp"], plan.ways["increg"]
    assert (spp.interval, spp.rule, increg.interval) == (180, {}, 1)
    assert increg.training.learning_rate == pytest.approx(training["learning_rate"] / 20)
    assert increg.training.weight_decay == increg.rule["largest"] == training["weight_decay"] / 2
    # 172 to 176 updates for 800 groups, and as many again for those that take turns.
    assert 2 * 176 * 180 < spp.training.steps < 2.1 * 176 * 180


def test_what_a_setting_leaves_out_is_the_scales() -> None:
    usual = plan_of("structured")
    changed = plan_of("structured", ways={"spp": {"training": {"steps": 7}}}, lesson={"training": {"batch_size": 3}})
    assert changed.ways["spp"].training == usual.ways["spp"].training.model_copy(update={"steps": 7})
    assert changed.ways["increg"] == usual.ways["increg"]
    assert changed.lesson.training == usual.lesson.training.model_copy(update={"batch_size": 3})


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"network": "convnets"}, UnknownNameError, "unknown classifier 'convnets': did you mean convnet"),
        ({"scale": "smal"}, UnknownNameError, "unknown scale 'smal': did you mean small"),
        ({"methods": ("sppp",)}, SpecError, "did you mean spp"),
        ({"speedups": (1.0,)}, SpecError, "speedups have to be above 1"),
        ({"seed": 1}, SpecError, "structured, convnet: field 'seed': .*did you mean 'seeds'"),
        ({"ways": {"spp": {"training": {"step": 3}}}}, SpecError, r"ways\.spp\.training\.step"),
    ],
)
def test_what_is_not_known_is_refused(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        plan_of("structured", **changes)


def test_a_method_without_a_way_is_refused() -> None:
    plan = plan_of("structured").model_dump()
    with pytest.raises(SpecError, match=r"nobody says how spp pushes; give its `ways\.spp`"):
        PruningPlan.parse({**plan, "ways": {"l1": plan["ways"]["l1"]}}, where="test")
