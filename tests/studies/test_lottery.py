from pathlib import Path
from typing import Any

import pytest
import torch

from intaglio.pruning.mask import Mask
from intaglio.pruning.prunable import prunable
from intaglio.storage.artifact import from_pretrained
from intaglio.storage.packing import unpack_mask
from intaglio.studies.actions import ACTIONS
from intaglio.studies.tickets.lottery import ARMS, DENSE, LotterySpec, Trial, steps, trials
from intaglio.studies.workspace import Workspace
from intaglio.training.catalog import NETWORK_METHODS
from intaglio.vocabulary.errors import InputError
from studies.small_studies import run, sources, study

NAMED: dict[str, Any] = {
    "encoder": "e" * 16,
    "loss_network": "f" * 16,
    "data": {"content": "a" * 16, "style": "b" * 16},
    "test": {"content": "c" * 16, "style": "d" * 16},
}
EVERY = (*ARMS, "rewound-50")


def by_arm(spec: LotterySpec, arm: str, seed: int = 0) -> list[Trial]:
    return [trial for trial in trials(spec) if (trial.arm, trial.seed) == (arm, seed)]


def mask_of(workspace: Workspace, trial: Trial) -> Mask:
    assert trial.cut is not None
    path = workspace.step(trial.cut.digest()) / "mask.safetensors"
    return unpack_mask(path.read_bytes(), str(path))


def test_every_step_stands_behind_what_it_needs_and_once() -> None:
    spec = study(NAMED, arms=EVERY, rounds=3, seeds=(0, 1))
    found = steps(spec)
    digests = [step.digest() for step in found]
    assert len(set(digests)) == len(digests)
    for number, step in enumerate(found):
        assert set(ACTIONS[type(step)].needs(step)) <= set(digests[:number])
    assert {step.digest() for trial in trials(spec) for step in (trial.train, trial.judge)} <= set(digests)


def test_rounds_have_the_sparsities_of_the_paper() -> None:
    found = by_arm(study(NAMED, rounds=12), "imp")
    assert [int(1000 * trial.sparsity + 1e-6) / 10 for trial in found] == [
        20.0, 36.0, 48.8, 59.0, 67.2, 73.7, 79.0, 83.2, 86.5, 89.2, 91.4, 93.1
    ]  # fmt: skip
    assert [trial.round for trial in found] == list(range(1, 13))


def test_arms_share_what_they_have_in_common() -> None:
    spec = study(NAMED, arms=("imp", "one-shot"))
    imp, shot = by_arm(spec, "imp"), by_arm(spec, "one-shot")
    assert imp[0].train == shot[0].train
    assert imp[1].train != shot[1].train
    assert len(steps(spec)) == 1 + 2 + 3 * 2 + 3


def test_seeds_share_nothing() -> None:
    one, other = ({step.digest() for step in steps(study(NAMED, arms=EVERY, seeds=(seed,)))} for seed in (0, 1))
    assert not one & other


@pytest.mark.parametrize(
    ("changes", "digest"),
    [
        ({}, "1ad8b939ff602098"),
        ({"arms": EVERY}, "c6d5fcd84f790985"),
        ({"network": "sanet", "start": "1" * 16}, "5b28af7141995444"),
    ],
)
def test_digests_of_studies_stay(changes: dict[str, Any], digest: str) -> None:
    assert study(NAMED, **changes).digest() == digest


@pytest.mark.parametrize("arm", ["imps", "rewound-0", "rewound-100", "rewound-x"])
def test_an_arm_that_is_not_known_is_refused(arm: str) -> None:
    with pytest.raises(ValueError, match=f"'{arm}' is no arm; known: imp, one-shot"):
        study(NAMED, arms=(arm,))


def test_a_study_of_all_arms(tmp_path: Path) -> None:
    given, named = sources(tmp_path, "adain")
    spec = study(named, arms=EVERY)
    workspace = run(tmp_path / "study", spec, given)
    begin = from_pretrained(workspace.step(by_arm(spec, DENSE)[0].train.begin) / "network")
    first = begin.network.state_dict()
    full = Mask.full(prunable(begin.card, begin.network))
    for trial in trials(spec):
        result, judged = (workspace.result(step.digest()) for step in (trial.train, trial.judge))
        assert result is not None
        assert judged is not None
        assert judged["error"] == pytest.approx(sum(judged["terms"].values()))
        assert judged["error"] == pytest.approx(judged["content"] + judged["style"])
        trained = from_pretrained(workspace.step(trial.train.digest()) / "network")
        if trial.cut is None:
            assert trained.ticket is None
            continue
        mask = mask_of(workspace, trial)
        assert trained.ticket is not None
        assert trained.ticket.mask == mask
        assert mask.shapes() == full.shapes()
        missing = round(trial.sparsity * mask.count) - (mask.count - mask.kept)
        # Whole filters, at most a part of one short.
        assert 0 <= missing < 200 if trial.arm == "slimmed" else missing == 0
    for trial in by_arm(spec, "slimmed"):
        mask, trained = mask_of(workspace, trial), from_pretrained(workspace.step(trial.train.begin) / "network")
        assert all(torch.equal(one.flatten(1).any(dim=1), one.flatten(1).all(dim=1)) for one in mask.values())
        assert set(trained.network.state_dict()) == set(first)
    imp = [mask_of(workspace, trial) for trial in by_arm(spec, "imp")]
    assert imp[1] <= imp[0]
    random = [mask_of(workspace, trial) for trial in by_arm(spec, "random")]
    assert random[1] <= random[0]
    assert random[0] != imp[0]
    assert [mask_of(workspace, trial) for trial in by_arm(spec, "random-ticket")] == imp
    assert mask_of(workspace, by_arm(spec, "fine-tuned")[0]) == imp[0]
    frozen = from_pretrained(workspace.step(by_arm(spec, "frozen")[0].train.digest()) / "network").network.state_dict()
    dense = from_pretrained(workspace.step(by_arm(spec, DENSE)[0].train.digest()) / "network").network.state_dict()
    for name, weight in first.items():
        assert torch.equal(frozen[name], weight) == (".encoder." in name)
        assert torch.equal(dense[name], weight) == (".conv0." in name)


def test_what_a_masked_network_begins_with_is_the_start_bit_for_bit(tmp_path: Path) -> None:
    given, named = sources(tmp_path, "adain")
    unlearned = {"steps": 3, "batch_size": 2, "learning_rate": 1e-30}
    spec = study(named, training=unlearned, arms=("imp", "rewound-40", "random-ticket"))
    workspace = run(tmp_path / "study", spec, given)
    for trial in trials(spec):
        if trial.cut is None:
            continue
        folder = workspace.step(trial.train.begin)
        path = folder / "network" if trial.train.at is None else folder / "snapshots" / str(trial.train.at)
        start, trained = (
            from_pretrained(one).network.state_dict() for one in (path, workspace.step(trial.train.digest()) / "network")
        )
        mask = mask_of(workspace, trial)
        for name, weight in start.items():
            expected = weight * mask[name] if name in mask else weight
            # Where it is zero the smallest steps are seen.
            assert torch.equal(torch.where(expected == 0, 0, trained[name]), expected), name
            assert float((trained[name] - expected).abs().max()) < 1e-20


def test_a_round_that_would_empty_a_layer_is_named_and_a_floor_allows_it(tmp_path: Path) -> None:
    given, named = sources(tmp_path, "adain")
    emptying = {"arms": ("one-shot",), "rounds": 1, "share": 0.99}
    with pytest.raises(InputError, match=r"conv\d_\d\.weight would lose its last weight; prune less, or keep a floor"):
        run(tmp_path / "without", study(named, **emptying, floor=0.0), given)
    spec = study(named, **emptying, floor=0.005)
    workspace = run(tmp_path / "with", spec, given)
    (trial,) = by_arm(spec, "one-shot")
    assert all(kept.any() for kept in mask_of(workspace, trial).values())


@pytest.mark.parametrize("network", NETWORK_METHODS)
def test_every_network_can_be_studied(tmp_path: Path, network: str) -> None:
    given, named = sources(tmp_path, network)
    spec = study(named, network, rounds=1, arms=("imp",))
    workspace = run(tmp_path / "study", spec, given)
    results = [workspace.result(trial.judge.digest()) for trial in trials(spec)]
    assert all(result is not None and result["error"] > 0 for result in results)
