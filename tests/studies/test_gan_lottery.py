from pathlib import Path
from typing import Any

import pytest
import torch

from intaglio.pruning.mask import Mask
from intaglio.storage.artifact import from_pretrained
from intaglio.studies.actions import ACTIONS
from intaglio.studies.gans.games import PRESETS, discriminators, generators
from intaglio.studies.gans.lottery import DENSE, Trial, steps, trials
from intaglio.studies.gans.places import part_of, taken
from intaglio.studies.gans.plan import ARMS, GanLottery, rewound, tell_arm
from intaglio.studies.gans.steps import CutPart, Play
from intaglio.studies.masks import kept_mask
from intaglio.studies.runner import run_steps
from intaglio.studies.workspace import Workspace
from intaglio.training.gan.train import LAST
from intaglio.vocabulary.errors import SpecError
from intaglio.vocabulary.progress import Progress
from studies.small_gan_studies import lottery, materials
from studies.small_studies import contents

NAMED: dict[str, Any] = {"data": {"pictures": "a" * 16}, "elsewhere": {"pictures": "b" * 16}, "features": "f" * 16}
EVERY = (*ARMS, "rewound-50")
Done = tuple[GanLottery, Workspace]


class Stop(Exception):
    """Ends a study from inside."""


def by_arm(spec: GanLottery, arm: str) -> list[Trial]:
    return [trial for trial in trials(spec) if trial.arm == arm]


def cuts_of(spec: GanLottery) -> dict[str, CutPart]:
    return {step.digest(): step for step in steps(spec) if isinstance(step, CutPart)}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Every arm, done."""
    folder = tmp_path_factory.mktemp("gans")
    named, sources = materials(folder, "sngan")
    spec, workspace = lottery(named, arms=EVERY), Workspace(folder / "study")
    run_steps(steps(spec), workspace, sources)
    return spec, workspace


def test_every_step_stands_behind_what_it_needs_and_once() -> None:
    spec = lottery(NAMED, arms=EVERY, rounds=3, seeds=(0, 1))
    digests = [step.digest() for step in steps(spec)]
    assert len(set(digests)) == len(digests)
    for number, step in enumerate(steps(spec)):
        assert set(ACTIONS[type(step)].needs(step)) <= set(digests[:number])
    assert {trial.score.digest() for trial in trials(spec)} <= set(digests)


@pytest.mark.parametrize("arm", EVERY)
def test_every_arm_can_be_asked_for_alone(arm: str) -> None:
    spec = lottery(NAMED, arms=(arm,), rounds=3)
    assert [trial.round for trial in trials(spec)] == [0, 1, 2, 3]
    assert [round(trial.sparsity, 3) for trial in by_arm(spec, arm)] == [0.2, 0.36, 0.488]
    assert {step.digest() for step in steps(spec)} >= {trial.score.digest() for trial in trials(spec)}


@pytest.mark.parametrize("preset", PRESETS)
def test_generators_alone_are_pruned_or_all_networks_with_masks_of_their_own(preset: str) -> None:
    data = dict.fromkeys(generators(preset).values(), "a" * 16)
    spec = lottery({**NAMED, "data": data}, preset, arms=("imp-g", "imp-gd"))
    for trial in by_arm(spec, "imp-g"):
        assert trial.play.masks.keys() == generators(preset).keys()
    for trial in by_arm(spec, "imp-gd"):
        assert trial.play.masks.keys() == {*generators(preset), *discriminators(preset)}
        assert len(set(trial.play.masks.values())) == len(trial.play.masks)
        assert all(cut.weights.part == part for part, cut in trial.cuts.items())


def test_arms_differ_in_what_the_game_begins_with() -> None:
    spec = lottery(NAMED, arms=EVERY)
    (dense,) = by_arm(spec, DENSE)
    begin = {one.game for one in dense.play.start.values()}
    assert len(begin) == 1
    played = {step.digest(): step for step in steps(spec) if isinstance(step, Play)}
    for arm in ("imp-g", "imp-gd", "imp-gd-kd", "random", "one-shot", "erk"):
        assert {one.game for trial in by_arm(spec, arm) for one in trial.play.start.values()} == begin
    for trial in by_arm(spec, "imp-gd-kd"):
        assert trial.play.teacher is not None
        assert (trial.play.teacher.game, trial.play.teacher.part) == (dense.play.digest(), "discriminator")
    for trial, found in zip(by_arm(spec, "random-ticket"), by_arm(spec, "imp-g"), strict=True):
        (other,) = {one.game for one in trial.play.start.values()}
        assert played[other].settings["training"]["seed"] != 0
        assert trial.play.masks == found.play.masks
    for trial in by_arm(spec, "other-discriminator"):
        assert trial.play.start["generator"].game in begin
        assert trial.play.start["discriminator"].game not in begin
    for trial in by_arm(spec, "trained-discriminator"):
        assert trial.play.start["discriminator"].game == dense.play.digest()
    first, second = by_arm(spec, "fine-tuned")
    assert {one.game for one in first.play.start.values()} == {dense.play.digest()}
    assert {one.game for one in second.play.start.values()} == {first.play.digest()}
    for trial in by_arm(spec, "rewound-50"):
        assert {(one.game, one.at) for one in trial.play.start.values()} == {(dense.play.digest(), 1)}
        assert trial.play.settings["training"]["steps"] == 1
    cuts = cuts_of(spec)
    for trial in by_arm(spec, "erk"):
        assert cuts[trial.play.masks["discriminator"]].sparsity == 0.5


def test_transferred_masks_are_found_on_other_pictures() -> None:
    spec = lottery(NAMED, arms=("transferred",))
    cuts = cuts_of(spec)
    played = {step.digest(): step for step in steps(spec) if isinstance(step, Play)}
    for trial in by_arm(spec, "transferred"):
        assert trial.play.data == spec.data
        found_on = {played[cuts[mask].weights.game].data["pictures"] for mask in trial.play.masks.values()}
        assert found_on == {spec.elsewhere["pictures"]}


def test_masks_are_nested_and_kept_through_training(done: Done) -> None:
    spec, workspace = done
    for arm in EVERY:
        before: Mask | None = None
        for trial in by_arm(spec, arm):
            for part, digest in trial.play.masks.items():
                mask = kept_mask(workspace, digest)
                made = from_pretrained(part_of(workspace, trial.play.digest(), part))
                assert made.ticket is not None
                assert made.ticket.mask.digest() == mask.digest()
                state = made.network.state_dict()
                assert all(not (state[name] * ~kept).any() for name, kept in mask.items())
                if part == "generator" and arm not in ("erk", "one-shot"):
                    assert mask.sparsity == pytest.approx(trial.sparsity, abs=0.01)
                    assert before is None or all(bool((before[name] | ~mask[name]).all()) for name in mask)
                    before = mask


def test_what_is_not_masked_is_dense_in_the_end(done: Done) -> None:
    spec, workspace = done
    for trial in (*by_arm(spec, "imp-g"), *by_arm(spec, DENSE)):
        judge = from_pretrained(part_of(workspace, trial.play.digest(), "discriminator"))
        assert judge.ticket is None


def test_masks_are_ranked_by_weights_of_the_optimizer_and_pictures_made_by_the_average(done: Done) -> None:
    spec, workspace = done
    (dense,) = by_arm(spec, DENSE)
    game = dense.play.digest()
    last, shown = (from_pretrained(part_of(workspace, game, part)) for part in (LAST, "generator"))
    assert last.digest() != shown.digest()
    first = by_arm(spec, "imp-g")[0].cuts["generator"]
    assert taken(workspace, first.weights).digest() == last.digest()
    kept = kept_mask(workspace, first.digest())
    weights = torch.cat([last.network.get_parameter(name).detach().abs().flatten() for name in kept])
    chosen = torch.cat([kept[name].flatten() for name in kept])
    assert weights[chosen].min() >= weights[~chosen].max()


def test_a_look_at_a_game_is_the_game_that_far(done: Done) -> None:
    spec, workspace = done
    (dense,) = by_arm(spec, DENSE)
    result = workspace.result(dense.score.digest())
    assert result is not None
    assert [one["step"] for one in result["generator"]["curve"]] == [1, None]
    looked, ended = (from_pretrained(part_of(workspace, dense.play.digest(), "generator", at)) for at in (1, None))
    assert looked.digest() != ended.digest()
    assert all(one["scores"]["fid"] >= 0 for one in result["generator"]["curve"])


def test_narrower_networks_have_the_channels_that_slimming_left_and_the_weights_of_the_beginning(done: Done) -> None:
    spec, workspace = done
    begun = taken(workspace, by_arm(spec, DENSE)[0].play.start["generator"])
    for arm in ("channels", "random-channels"):
        sizes = [sum(one.numel() for one in begun.network.parameters())]
        for trial in by_arm(spec, arm):
            assert not trial.play.masks
            start = taken(workspace, trial.play.start["generator"])
            made = from_pretrained(part_of(workspace, trial.play.digest(), "generator"))
            assert made.config == start.config
            sizes.append(sum(one.numel() for one in start.network.parameters()))
            values = set(torch.cat([one.detach().flatten() for one in begun.network.parameters()]).tolist())
            assert values.issuperset(torch.cat([one.detach().flatten() for one in start.network.parameters()]).tolist())
            result = workspace.result(trial.cuts["generator"].digest())
            assert result is not None
            assert result["sparsity_of_parameters"] == pytest.approx(1 - sizes[-1] / sizes[0])
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[-1] < sizes[0]
    chosen, drawn = (by_arm(spec, arm)[-1].play.start["generator"] for arm in ("channels", "random-channels"))
    assert taken(workspace, chosen).digest() != taken(workspace, drawn).digest()


def test_every_arm_says_what_it_is() -> None:
    assert "10%" in tell_arm("rewound-10")
    assert {tell_arm(arm) for arm in ARMS} == set(ARMS.values())
    assert rewound("rewound-100") == rewound("imp-g") == 0


def test_a_study_that_is_stopped_after_any_step_ends_with_the_same_bytes(tmp_path: Path) -> None:
    named, sources = materials(tmp_path, "sngan")
    spec = lottery(named, arms=("imp-gd",), rounds=1)
    whole = Workspace(tmp_path / "whole")
    run_steps(steps(spec), whole, sources)

    def stop(_: Progress) -> None:
        raise Stop

    stopped = Workspace(tmp_path / "stopped")
    for _ in steps(spec):
        with pytest.raises(Stop):
            run_steps(steps(spec), stopped, sources, listener=stop)
    assert contents(stopped) == contents(whole)


def test_both_directions_of_a_translation_are_pruned_and_judged(tmp_path: Path) -> None:
    named, sources = materials(tmp_path, "cyclegan")
    spec, workspace = lottery(named, "cyclegan", arms=("imp-g",), rounds=1), Workspace(tmp_path / "study")
    run_steps(steps(spec), workspace, sources)
    (trial,) = by_arm(spec, "imp-g")
    result = workspace.result(trial.score.digest())
    assert result is not None
    assert result.keys() == {"generator", "reverse-generator"}
    masks = [kept_mask(workspace, trial.play.masks[part]) for part in result]
    assert masks[0].digest() != masks[1].digest()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"preset": "stylegan"}, r"unknown GAN 'stylegan'"),
        ({"arms": ("imp-x",)}, r"unknown arm 'imp-x': did you mean imp-g"),
        ({"arms": ("transferred",), "elsewhere": {}}, r"give `elsewhere`"),
        ({"metrics": ("is",)}, r"the first metric is a distance"),
        ({"pruner": "magic"}, r"unknown pruning method 'magic'"),
    ],
)
def test_what_cannot_be_asked_is_refused(changes: dict[str, Any], says: str) -> None:
    fields = lottery(NAMED).model_dump()
    with pytest.raises(SpecError, match=says):
        GanLottery.parse({**fields, **changes}, where="test")
