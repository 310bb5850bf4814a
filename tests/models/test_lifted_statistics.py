"""What is said of lifted features without lifting them is what they are."""

import pytest
import torch
from torch import Tensor, nn

from intaglio.models.style.gram import gram, lifted_distance, lifted_gram, lifted_mean_and_std
from intaglio.models.style.statistics import mean_and_std


def features(seed: int) -> Tensor:
    drawn = torch.randn(2, 5, 6, 7, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (drawn * torch.arange(5)[:, None, None] + 3).requires_grad_()


@pytest.fixture
def head() -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(5, 11, 1).double()


def test_mean_and_deviation(head: nn.Conv2d) -> None:
    for ours, theirs in zip(lifted_mean_and_std(features(1), head), mean_and_std(head(features(1))), strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-10)


def test_the_gram_matrix(head: nn.Conv2d) -> None:
    assert torch.allclose(lifted_gram(features(1), head), gram(head(features(1))), rtol=1e-10)


def test_the_distance(head: nn.Conv2d) -> None:
    expected = (head(features(1)) - head(features(2))).square().mean()
    assert torch.allclose(lifted_distance(features(1), features(2), head), expected, rtol=1e-10)


def test_without_a_head_they_are_those_of_the_features() -> None:
    for ours, theirs in zip(lifted_mean_and_std(features(1), None), mean_and_std(features(1)), strict=True):
        assert torch.equal(ours, theirs)
    assert torch.equal(lifted_distance(features(1), features(2), None), (features(1) - features(2)).square().mean())


def test_gradients_are_those_through_the_lifted_features(head: nn.Conv2d) -> None:
    inputs = [features(1), features(1)]
    sum(value.square().sum() for value in lifted_mean_and_std(inputs[0], head)).backward()
    sum(value.square().sum() for value in mean_and_std(head(inputs[1]))).backward()
    assert inputs[0].grad is not None
    assert inputs[1].grad is not None
    assert torch.allclose(inputs[0].grad, inputs[1].grad, rtol=1e-8)


def test_autocast_does_not_round_the_sums() -> None:
    exact, torch_features = features(1).detach().float(), features(1).detach().float()
    with torch.autocast("cpu", torch.bfloat16):
        rounded = gram(torch_features)
    assert torch.equal(rounded, gram(exact))
