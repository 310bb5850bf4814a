"""What holds for every rule, and how each of them moves."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from intaglio.pruning.contest import Contest, Rule, ranks_of
from intaglio.pruning.rules import SPP, AtOnce, GReg, IncReg, Steady
from intaglio.vocabulary.errors import OptionError

RULES: dict[str, Rule] = {
    "spp": SPP(),
    "increg": IncReg(largest=0.01, ceiling=0.5),
    "increg, two-sided": IncReg(largest=0.01, ceiling=0.5, scheme="two-sided"),
    "at once": AtOnce(),
    "greg-1": GReg(step=0.05),
    "greg-2": GReg(step=0.05, pick=0.01, pick_step=1e-3),
    "steady": Steady(strength=0.1),
}
every_rule = pytest.mark.parametrize("name", RULES)


def fought(rule: Rule, norms: torch.Tensor, ratio: float, updates: int = 5000) -> list[Contest]:
    """Every contest until the layer is finished, with weights that stay as they are."""
    found = [Contest.begin(len(norms), ratio)]
    while not found[-1].finished:
        assert len(found) <= updates
        found.append(rule(found[-1], norms))
    return found


@every_rule
@pytest.mark.parametrize(("groups", "ratio", "gone"), [(10, 0.5, 5), (10, 0.51, 6), (32, 0.9, 29), (3, 0.99, 2), (7, 0.3, 3)])
def test_a_layer_stops_exactly_at_its_ratio_with_the_weakest_gone(name: str, groups: int, ratio: float, gone: int) -> None:
    norms = torch.rand(groups, generator=torch.Generator().manual_seed(groups)).double() + 0.1
    last = fought(RULES[name], norms, ratio)[-1]
    assert int(last.gone.sum()) == gone
    assert set(last.gone.nonzero()[:, 0].tolist()) == set(norms.argsort()[:gone].tolist())


@every_rule
def test_what_is_gone_never_comes_back_and_nothing_moves_in_the_end(name: str) -> None:
    torch.manual_seed(0)
    contest, before = Contest.begin(20, 0.6), torch.zeros(20, dtype=torch.bool)
    for _ in range(3000):
        # Ranks that change all the time.
        contest = RULES[name](contest, torch.rand(20).double())
        assert bool((contest.gone >= before).all())
        assert int(contest.gone.sum()) <= contest.target
        assert bool((contest.push >= 0).all())
        before = contest.gone
    if contest.finished:
        assert RULES[name](contest, torch.rand(20).double()) is contest


def test_what_was_pushed_furthest_goes_when_there_is_no_more_time() -> None:
    contest = Contest(
        push=torch.tensor([0.2, 0.0, 0.9, 0.0, 1.0], dtype=torch.float64),
        gone=torch.tensor([False, False, False, False, True]),
        ranks=torch.zeros(5, dtype=torch.float64),
        target=4,
    )
    norms = torch.tensor([5.0, 2.0, 4.0, 1.0, 0.0], dtype=torch.float64)
    settled = contest.settled(norms)
    assert settled.gone.tolist() == [True, False, True, True, True]
    assert settled.finished
    assert settled.settled(norms).gone.tolist() == settled.gone.tolist()


@every_rule
@pytest.mark.parametrize("ratio", [0.0])
def test_where_nothing_is_to_go_nothing_does(name: str, ratio: float) -> None:
    contest = Contest.begin(6, ratio)
    assert contest.finished
    assert RULES[name](contest, torch.rand(6).double()) is contest


@every_rule
@given(seed=st.integers(0, 1000), scale=st.sampled_from([2.0**power for power in range(-6, 7)]))
def test_order_and_scale_of_groups_do_not_matter(name: str, seed: int, scale: float) -> None:
    torch.manual_seed(seed)
    norms, order = torch.rand(12).double(), torch.randperm(12)
    rule = RULES[name]
    one, other = Contest.begin(12, 0.5), Contest.begin(12, 0.5)
    for _ in range(30):
        one, other = rule(one, norms), rule(other, scale * norms[order])
    torch.testing.assert_close(one.push[order], other.push, rtol=0, atol=0)
    assert torch.equal(one.gone[order], other.gone)


# Updates that SPP takes with ranks that stay, A = 0.05 and u = 0.25, by groups: at ratios of 0.5, 0.75 and 0.9.
UPDATES = {32: (82, 92, 96), 75: (103, 113, 117), 144: (119, 129, 134), 288: (136, 146, 151), 800: (162, 172, 176)}


@pytest.mark.parametrize("groups", UPDATES)
def test_spp_takes_as_many_updates_as_it_should(groups: int) -> None:
    norms = torch.arange(1, groups + 1).double()
    for ratio, updates in zip((0.5, 0.75, 0.9), UPDATES[groups], strict=True):
        assert len(fought(SPP(), norms, ratio)) - 1 == updates


def test_spp_ends_the_weakest_group_first_and_leaves_the_strong_alone() -> None:
    norms = torch.arange(1, 33).double()
    contests = fought(SPP(), norms, 0.5)
    first = next(number for number, contest in enumerate(contests) if contest.gone.any())
    assert first == 20
    went = [int(contest.gone.sum()) for contest in contests]
    assert went == sorted(went)
    for contest in contests:
        gone = contest.gone.nonzero()[:, 0].tolist()
        assert gone == list(range(len(gone)))
        assert float(contest.push[16:].max()) < 1e-12


def test_a_group_that_has_grown_recovers() -> None:
    contest, norms = Contest.begin(8, 0.5), torch.arange(1, 9).double()
    for _ in range(5):
        contest = SPP()(contest, norms)
    before = float(contest.push[1])
    norms[1] = 100
    contest = SPP()(contest, norms)
    assert float(contest.push[1]) < before


def test_increg_remembers_the_mean_of_all_ranks() -> None:
    rule, contest = IncReg(largest=1e-3, ceiling=10), Contest.begin(4, 0.5)
    weak, strong = torch.tensor([1.0, 2, 3, 4]).double(), torch.tensor([4.0, 3, 2, 1]).double()
    for norms in (weak, weak, strong):
        contest = rule(contest, norms)
    assert contest.ranks.tolist() == pytest.approx([1, 4 / 3, 5 / 3, 2])
    # Two rounds of three count for more than one.
    assert float(contest.push[0]) > float(contest.push[1]) > 0
    assert contest.push[2:].tolist() == pytest.approx([0, 0], abs=1e-15)


def test_greg_dooms_once_and_goes_on_whatever_the_norms_say() -> None:
    rule, contest = GReg(step=0.1), Contest.begin(4, 0.5)
    contest = rule(contest, torch.tensor([1.0, 2, 3, 4]).double())
    for _ in range(20):
        contest = rule(contest, torch.tensor([4.0, 3, 2, 1]).double())
    assert contest.gone.tolist() == [True, True, False, False]


def test_greg_lets_go_as_soon_as_the_doomed_are_small() -> None:
    contest = GReg(step=1e-4)(Contest.begin(4, 0.5), torch.tensor([1e-4, 2e-4, 3, 4]).double())
    assert contest.gone.tolist() == [True, True, False, False]


def test_greg_2_waits_until_groups_are_told_apart() -> None:
    rule, contest = GReg(step=0.1, pick=0.003, pick_step=1e-3), Contest.begin(4, 0.5)
    for number in range(1, 4):
        contest = rule(contest, torch.tensor([1.0, 2, 3, 4]).double())
        assert contest.push.tolist() == pytest.approx([number * 1e-3] * 4)
    contest = rule(contest, torch.tensor([4.0, 3, 2, 1]).double())
    assert contest.push.tolist() == pytest.approx([0, 0, 0.103, 0.103])


def test_a_steady_push_waits_for_the_last_update() -> None:
    rule, contest = Steady(strength=0.1), Contest.begin(4, 0.5, length=3)
    for _ in range(2):
        contest = rule(contest, torch.tensor([1.0, 2, 3, 4]).double())
        assert contest.push.tolist() == [0.1] * 4
        assert not contest.gone.any()
    assert rule(contest, torch.tensor([4.0, 3, 2, 1]).double()).gone.tolist() == [False, False, True, True]


def test_ranks_of_equals_follow_their_order_and_the_gone_stand_last() -> None:
    values = torch.tensor([2.0, 1, 1, 5, 0])
    assert ranks_of(values).tolist() == [3, 1, 2, 4, 0]
    assert ranks_of(values, torch.tensor([False, False, True, False, True])).tolist() == [1, 0, 3, 2, 4]


@pytest.mark.parametrize("ratio", [-0.1, 1.0, 1.5])
def test_a_ratio_out_of_range_is_refused(ratio: float) -> None:
    with pytest.raises(OptionError, match=r"ratio is .*; it has to be at least 0 and less than 1"):
        Contest.begin(5, ratio)
