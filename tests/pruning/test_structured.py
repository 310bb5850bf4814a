import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from intaglio.pruning.contest import Contest, Rule
from intaglio.pruning.effects import Effect, GroupLasso, Masks, Penalties, Scales
from intaglio.pruning.groups import GROUPINGS
from intaglio.pruning.rules import SPP, GReg, IncReg, Steady
from intaglio.pruning.structured import StructuredPruning
from intaglio.vocabulary.errors import OptionError, WeightsError
from pruning.digits import accuracy, digits, network, train

EFFECTS: dict[str, tuple[Rule, type[Effect], range]] = {
    "spp": (SPP(), Masks, range(2, 5000, 2)),
    "increg": (IncReg(largest=0.02, ceiling=0.4), Penalties, range(1, 5000)),
    "greg": (GReg(step=0.02, ceiling=0.4), Penalties, range(1, 5000)),
    "lasso": (Steady(strength=1e-3), GroupLasso, range(1, 41)),
    "slimming": (Steady(strength=1e-3), Scales, range(1, 41)),
}
every_effect = pytest.mark.parametrize("name", EFFECTS)


def small() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Conv2d(4, 3, 3))


def pruning(made: nn.Sequential, name: str, grouping: str = "filters", **ratios: float) -> StructuredPruning:
    rule, effect, updates = EFFECTS[name]
    layers = {f"layer{place}": made[place] for place in (0, 2)}
    return StructuredPruning(layers, ratios, rule, GROUPINGS[grouping], effect=effect, updates=updates)


def steps(
    made: nn.Sequential, one: StructuredPruning, count: int, *, start: int = 0, optimizer: torch.optim.Optimizer | None = None
) -> torch.optim.Optimizer:
    optimizer = optimizer or torch.optim.SGD(made.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-3)
    for step in range(start + 1, start + count + 1):
        batch = torch.rand(4, 2, 8, 8, generator=torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        made(batch).square().mean().backward()
        optimizer.step()
        one.after_step(step, optimizer)
    return optimizer


@pytest.mark.parametrize(
    ("name", "grouping"),
    [(name, grouping) for name, (_, effect, _) in EFFECTS.items() for grouping in GROUPINGS if effect is not Scales]
    + [("slimming", "filters")],
)
def test_layers_lose_what_they_were_to_lose_and_nothing_comes_back(name: str, grouping: str) -> None:
    made = small()
    before = copy.deepcopy(made.state_dict())
    one = pruning(made, name, grouping, layer0=0.5, layer2=0.3)
    with one.attached():
        optimizer = steps(made, one, 300)
        assert one.finished
        for layer, kept in one.kept().items():
            weight = made[int(layer[-1])].weight.detach()
            assert not (weight * one.grouping.spread((~kept).float(), weight)).any()
        gone = {layer: kept.clone() for layer, kept in one.kept().items()}
        steps(made, one, 10, start=300, optimizer=optimizer)
    for layer, kept in gone.items():
        place = int(layer[-1])
        weight = made[place].weight.detach()
        ratio = {"layer0": 0.5, "layer2": 0.3}[layer]
        assert int((~kept).sum()) == Contest.begin(len(kept), ratio).target
        assert torch.equal(one.grouping.norms(weight) > 0, kept)
        assert isinstance(made[place].weight, nn.Parameter)
    assert set(made.state_dict()) == set(before)


def test_masked_groups_get_no_gradient_of_the_data_and_lose_their_momentum() -> None:
    made = small()
    one = pruning(made, "spp", layer0=0.75)
    one.contests["layer0"] = Contest(
        push=torch.tensor([1.0, 0, 0, 0]).double(), gone=torch.zeros(4, dtype=torch.bool), ranks=torch.zeros(4), target=3
    )
    with one.attached():
        raw = made[0].parametrizations["weight"].original
        weight = raw.detach().clone()
        optimizer = torch.optim.SGD(made.parameters(), lr=0.01, momentum=0.9)
        made(torch.rand(4, 2, 8, 8)).square().mean().backward()
        assert not raw.grad[0].any()
        assert raw.grad[1:].any()
        optimizer.step()
        assert torch.equal(raw[0].detach(), weight[0])
        optimizer.state[raw]["momentum_buffer"].fill_(1)
        one.after_step(1, optimizer)
        assert not optimizer.state[raw]["momentum_buffer"][0].any()
        assert optimizer.state[raw]["momentum_buffer"][1:].all()
    assert torch.equal(made[0].weight[0].detach(), weight[0])


def test_masks_are_drawn_as_often_as_the_push_says() -> None:
    made = small()
    one = pruning(made, "spp", layer0=0.5)
    push = torch.tensor([0.0, 0.2, 0.7, 1.0]).double()
    one.contests["layer0"] = Contest(push=push, gone=torch.zeros(4, dtype=torch.bool), ranks=torch.zeros(4), target=0)
    masked, count = torch.zeros(4), 2000
    with one.attached():
        for step in range(count):
            one.act(step)
            masked += (made[0].parametrizations["weight"][0].mask.flatten(1).sum(1) == 0).float()
    spread = (push * (1 - push) / count).sqrt()
    assert bool(((masked / count - push).abs() <= 4 * spread).all())


def test_a_penalty_adds_its_factor_times_the_weight() -> None:
    made, free = small(), small()
    one = pruning(made, "increg", layer0=0.5)
    push = torch.tensor([0.0, 0.1, 0.2, 0.3]).double()
    one.contests["layer0"] = Contest(push=push, gone=torch.zeros(4, dtype=torch.bool), ranks=torch.zeros(4), target=2)
    batch = torch.rand(4, 2, 8, 8)
    with one.attached():
        made(batch).square().mean().backward()
        free(batch).square().mean().backward()
        expected = free[0].weight.grad + push.view(4, 1, 1, 1).float() * made[0].weight.detach()
        torch.testing.assert_close(made[0].weight.grad, expected)
    made.zero_grad()
    made(batch).square().mean().backward()
    torch.testing.assert_close(made[0].weight.grad, free[0].weight.grad)


@every_effect
def test_a_run_that_goes_on_ends_as_one_that_was_not_stopped(name: str) -> None:
    whole, stopped, parted = small(), small(), small()
    one, first, second = (pruning(made, name, layer0=0.5, layer2=0.5) for made in (whole, stopped, parted))
    with one.attached():
        steps(whole, one, 40)
    with first.attached():
        optimizer = steps(stopped, first, 17)
        weights = copy.deepcopy(stopped.state_dict())
    with second.attached():
        parted.load_state_dict(weights)
        second.restore(first.state())
        second.act(17)
        # The optimizer is the loop's business; its state goes over by place.
        going = torch.optim.SGD(parted.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-3)
        going.load_state_dict(optimizer.state_dict())
        steps(parted, second, 23, start=17, optimizer=going)
    for contest, other in zip(one.contests.values(), second.contests.values(), strict=True):
        assert torch.equal(contest.push, other.push)
        assert torch.equal(contest.gone, other.gone)
    assert all(torch.equal(left, right) for left, right in zip(whole.parameters(), parted.parameters(), strict=True))
    assert one.recovered() == second.recovered()
    with pytest.raises(WeightsError, match="other groups of layer0 than are asked for"):
        pruning(parted, name, layer0=0.75, layer2=0.5).restore(first.state())
    with pytest.raises(WeightsError, match="has nothing about layer0"):
        second.restore({})


class Normalized(nn.Sequential):
    """Two convolutions with normalization behind each."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        super().__init__(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 3, 3), nn.BatchNorm2d(3))
        with torch.no_grad():
            for place in (1, 4):
                self[place].weight.uniform_(0.5, 1.5)
                self[place].bias.uniform_(0.5, 1.5)


@every_effect
def test_a_filter_goes_with_its_bias_and_its_normalization(name: str) -> None:
    rule, effect, updates = EFFECTS[name]
    made = Normalized()
    one = StructuredPruning(
        {"first": made[0], "second": made[3]},
        {"first": 0.5},
        rule,
        GROUPINGS["filters"],
        effect=effect,
        normalizations={"first": made[1]},
        updates=updates,
    )
    with one.attached():
        optimizer = steps(made, one, 300)
        steps(made, one, 3, start=300, optimizer=optimizer)
    mask = one.mask(made)
    assert sorted(mask) == ["0.bias", "0.weight", "1.bias", "1.weight"]
    parameters = dict(made.named_parameters())
    for tensor, kept in mask.items():
        assert int(kept.flatten(1).any(1).sum() if kept.dim() > 1 else kept.sum()) == 2
        assert not parameters[tensor][~kept].any()
        assert parameters[tensor][kept].any()
    # What reads those channels reads zeros.
    made.eval()
    picture, gone = torch.rand(1, 2, 8, 8), ~one.kept()["first"]
    before = made(picture)
    with torch.no_grad():
        made[3].weight[:, gone] = 9
    assert torch.equal(made(picture), before)


def test_slimming_ranks_by_the_scales_of_normalization_and_by_its_own_elsewhere() -> None:
    made = Normalized()
    layers = {"first": made[0], "second": made[3]}
    with torch.no_grad():
        made[1].weight.copy_(torch.tensor([0.1, 2.0, -0.05, 1.0]))
        made[3].weight[1] *= 1e-3
    one = StructuredPruning(
        layers,
        {"first": 0.5, "second": 0.3},
        Steady(strength=1e-9),
        GROUPINGS["filters"],
        effect=Scales,
        normalizations={"first": made[1]},
        updates=range(1, 3),
    )
    with one.attached():
        steps(made, one, 2)
    assert one.kept()["first"].tolist() == [False, True, False, True]
    assert one.kept()["second"].tolist() == [True, False, True]
    with pytest.raises(OptionError, match="slimming has a scale for every filter, and none for columns; prune filters"):
        StructuredPruning(layers, {"first": 0.5}, Steady(strength=1), GROUPINGS["columns"], effect=Scales, updates=range(1, 2))


def test_a_group_lasso_shortens_each_group_by_the_same_and_makes_small_ones_zero() -> None:
    made = small()
    with torch.no_grad():
        made[0].weight[1] *= 1e-3
    one = StructuredPruning(
        {"layer": made[0]}, {"layer": 0.5}, Steady(strength=0.5), GROUPINGS["filters"], effect=GroupLasso, updates=range(1, 10)
    )
    optimizer = torch.optim.SGD(made.parameters(), lr=0.01, momentum=0.9)
    with one.attached():
        one.after_step(1, optimizer)
        before = made[0].weight.detach().flatten(1).norm(dim=1)
        one.after_step(2, optimizer)
    # A step of 0.01, ten times as long by momentum, of a strength of 0.5.
    expected = (before - 0.05).clamp_min(0)
    assert float(expected[1]) == 0
    torch.testing.assert_close(made[0].weight.detach().flatten(1).norm(dim=1), expected)


def test_a_weight_that_two_layers_share_is_refused() -> None:
    made = nn.Sequential(nn.Conv2d(3, 3, 3), nn.Conv2d(3, 3, 3))
    made[1].weight = made[0].weight
    with pytest.raises(OptionError, match=r"one and other share one weight, .*; leave both out"):
        StructuredPruning(
            {"one": made[0], "other": made[1]}, {"one": 0.5}, SPP(), GROUPINGS["filters"], effect=Masks, updates=range(1, 9)
        )


def test_a_layer_that_there_is_not_is_named() -> None:
    with pytest.raises(OptionError, match="there is no layer 'layer9'; layers are layer0, layer2"):
        pruning(small(), "spp", layer9=0.5)


@pytest.mark.parametrize("name", ["spp", "increg"])
@pytest.mark.parametrize("seed", [0, 1])
def test_columns_that_matter_stay_though_they_begin_small(name: str, seed: int) -> None:
    """10 of 40 columns carry the target and begin at a twentieth of the others' size; by their norms none would stay."""
    torch.manual_seed(seed)
    useful = torch.randperm(40)[:10]
    teacher = torch.zeros(8, 40)
    teacher[:, useful] = torch.randn(8, 10)
    layer = nn.Linear(40, 8)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(8, 40) * 0.3)
        layer.weight[:, useful] *= 0.05
    assert not set(GROUPINGS["columns"].norms(layer.weight).topk(10).indices.tolist()) & set(useful.tolist())
    rule: Rule = SPP() if name == "spp" else IncReg(largest=0.01, ceiling=2)
    effect: type[Effect] = Masks if name == "spp" else Penalties
    updates = range(5, 5000, 5) if name == "spp" else range(1, 5000)
    one = StructuredPruning({"layer": layer}, {"layer": 0.75}, rule, GROUPINGS["columns"], effect=effect, updates=updates)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.01)
    with one.attached():
        for step in range(1, 5000):
            batch = torch.randn(64, 40)
            optimizer.zero_grad()
            F.mse_loss(layer(batch), batch @ teacher.T, reduction="sum").div(64).backward()
            optimizer.step()
            one.after_step(step, optimizer)
            if one.finished:
                break
    assert one.finished
    assert set(one.kept()["layer"].nonzero()[:, 0].tolist()) == set(useful.tolist())


def test_digits_survive_the_loss_of_nine_columns_in_ten() -> None:
    """Before any retraining: one cut by norms falls apart, SPP and IncReg do not."""
    data, base = digits(), network(0)
    train(base, data, 700, rate=0.05, seed=0, stairs=True)
    whole = accuracy(base, data)
    assert whole > 96
    ratios = {"2": 0.9, "5": 0.9}
    cut = copy.deepcopy(base)
    with torch.no_grad():
        for name in ratios:
            norms = GROUPINGS["columns"].norms(cut[int(name)].weight)
            kept = norms >= norms.sort().values[round(0.9 * len(norms))]
            cut[int(name)].weight.mul_(GROUPINGS["columns"].spread(kept.float(), cut[int(name)].weight))
    found = {}
    ways: dict[str, tuple[Rule, type[Effect], range]] = {
        "spp": (SPP(), Masks, range(10, 2501, 10)),
        "increg": (IncReg(largest=0.004, ceiling=1), Penalties, range(1, 2501)),
    }
    for name, (rule, effect, updates) in ways.items():
        made = copy.deepcopy(base)
        one = StructuredPruning(
            {place: made[int(place)] for place in ratios}, ratios, rule, GROUPINGS["columns"], effect=effect, updates=updates
        )

        def after(step: int, optimizer: torch.optim.Optimizer, one: StructuredPruning = one) -> bool:
            one.after_step(step, optimizer)
            return one.finished

        with one.attached():
            train(made, data, 2500, rate=0.01, seed=1, decay=2.5e-4, after=after)
        assert one.finished
        assert [int(kept.sum()) for kept in one.kept().values()] == [14, 28]
        found[name] = accuracy(made, data)
    assert accuracy(cut, data) < 80
    for name, percent in found.items():
        assert percent > max(whole - 2, accuracy(cut, data) + 15), name
