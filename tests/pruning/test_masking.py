from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.optim import Optimizer

from intaglio.pruning.mask import Mask
from intaglio.pruning.masking import masked
from intaglio.pruning.random import uniform_random
from intaglio.vocabulary.errors import WeightsError

OPTIMIZERS: dict[str, Callable[[list[nn.Parameter]], Optimizer]] = {
    "SGD with momentum and decay": lambda learning: torch.optim.SGD(
        learning, 0.1, momentum=0.9, nesterov=True, weight_decay=0.1
    ),
    "Adam": lambda learning: torch.optim.Adam(learning, 0.1),
    "AdamW": lambda learning: torch.optim.AdamW(learning, 0.1, weight_decay=0.1),
}


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 3)).to(memory_format=torch.channels_last)


def pruned(made: nn.Module) -> tuple[dict[str, nn.Parameter], Mask]:
    weights = {name: parameter for name, parameter in made.named_parameters() if parameter.dim() > 1}
    return weights, uniform_random(Mask.full(weights), 0.6, 0)


def learn(made: nn.Module, optimizer: Optimizer, steps: int = 5) -> None:
    for step in range(steps):
        picture = torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        made(picture).square().sum().backward()
        optimizer.step()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_is_pruned_stays_zero_with_its_gradients_and_moments(name: str) -> None:
    made = network()
    weights, mask = pruned(made)
    before = {key: parameter.detach().clone() for key, parameter in made.named_parameters()}
    with masked(weights, mask):
        optimizer = OPTIMIZERS[name](list(made.parameters()))
        learn(made, optimizer)
    for key, kept in mask.items():
        gradient = weights[key].grad
        assert gradient is not None
        moments = [one for one in optimizer.state[weights[key]].values() if one is not None and one.dim()]
        assert moments
        for tensor in (weights[key], gradient, *moments):
            assert not bool(tensor[~kept].any())
        assert bool((weights[key] != before[key])[kept].all())
    assert all(bool((parameter != before[key]).all()) for key, parameter in made.named_parameters() if key not in mask)


def test_what_is_kept_learns_as_if_the_pruned_weights_were_not_there() -> None:
    made = nn.Linear(6, 1, bias=False)
    kept = torch.tensor([[True, False, True, True, False, False]])
    small = nn.Linear(3, 1, bias=False)
    small.weight.data.copy_(made.weight.data[:, kept[0]])
    given = torch.rand(10, 6, generator=torch.Generator().manual_seed(1))
    with masked({"weight": made.weight}, Mask({"weight": kept})):
        for one, seen in ((made, given), (small, given[:, kept[0]])):
            optimizer = torch.optim.Adam(one.parameters(), 0.1)
            for _ in range(4):
                optimizer.zero_grad()
                (one(seen) - 1).square().sum().backward()
                optimizer.step()
    torch.testing.assert_close(made.weight.data[:, kept[0]], small.weight.data)


def test_after_the_block_everything_learns_again() -> None:
    made = network()
    weights, mask = pruned(made)
    with masked(weights, mask):
        pass
    assert not bool(made[0].weight[~mask["0.weight"]].any())
    learn(made, torch.optim.SGD(made.parameters(), 0.1), steps=1)
    assert bool(made[2].weight[~mask["2.weight"]].any())


def test_a_mask_of_another_network_is_refused_and_nothing_is_changed() -> None:
    made = network()
    before = made[0].weight.clone()
    with (
        pytest.raises(WeightsError, match="of another network"),
        masked(
            dict(made.named_parameters()), Mask({"0.weight": torch.zeros(8, 3, 3, 3, dtype=torch.bool), "x": torch.ones(1) > 0})
        ),
    ):
        pass
    assert torch.equal(made[0].weight, before)
