"""The losses of GANs against their equations, written out in plain numbers."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.objectives.adversarial.auxiliary import auxiliary_loss
from intaglio.objectives.adversarial.catalog import ADVERSARIAL_LOSSES
from intaglio.objectives.adversarial.cycle import translated
from intaglio.objectives.adversarial.distillation import realness_divergence
from intaglio.objectives.adversarial.wasserstein import gradient_penalty
from intaglio.vocabulary.errors import UnknownNameError

SCORES = st.lists(st.floats(-8, 8), min_size=1, max_size=5)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def log_odds(score: float) -> float:
    return math.log(1 / (1 + math.exp(-score)))


# By loss: what the discriminator and the generator make small, of scores of real and of made pictures.
EQUATIONS = {
    "hinge": (
        lambda real, fake: mean([max(0, 1 - one) for one in real]) + mean([max(0, 1 + one) for one in fake]),
        lambda fake: -mean(fake),
    ),
    "non-saturating": (
        lambda real, fake: -mean([log_odds(one) for one in real]) - mean([log_odds(-one) for one in fake]),
        lambda fake: -mean([log_odds(one) for one in fake]),
    ),
    "least-squares": (
        lambda real, fake: (mean([(one - 1) ** 2 for one in real]) + mean([one**2 for one in fake])) / 2,
        lambda fake: mean([(one - 1) ** 2 for one in fake]),
    ),
    "wasserstein": (lambda real, fake: mean(fake) - mean(real), lambda fake: -mean(fake)),
}


def test_every_loss_has_its_equation() -> None:
    assert list(EQUATIONS) == list(ADVERSARIAL_LOSSES)
    with pytest.raises(UnknownNameError, match=r"unknown adversarial loss 'hinges': did you mean hinge"):
        ADVERSARIAL_LOSSES["hinges"]


@pytest.mark.parametrize("name", ADVERSARIAL_LOSSES)
@given(real=SCORES, fake=SCORES)
def test_losses_are_those_of_the_papers(name: str, real: list[float], fake: list[float]) -> None:
    loss, (of_discriminator, of_generator) = ADVERSARIAL_LOSSES[name], EQUATIONS[name]
    found = loss.discriminator(torch.tensor(real)[:, None], torch.tensor(fake)[:, None])
    assert float(found) == pytest.approx(of_discriminator(real, fake), rel=1e-4, abs=1e-5)
    assert float(loss.generator(torch.tensor(fake)[:, None])) == pytest.approx(of_generator(fake), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", ADVERSARIAL_LOSSES)
def test_players_want_the_opposite_of_made_pictures_and_large_scores_are_no_trouble(name: str) -> None:
    loss = ADVERSARIAL_LOSSES[name]
    fake = torch.tensor([[0.3], [-0.2]], requires_grad=True)
    (up,) = torch.autograd.grad(loss.discriminator(torch.zeros(2, 1), fake), fake)
    (down,) = torch.autograd.grad(loss.generator(fake), fake)
    # Least squares have their zero at 0 for the one and at 1 for the other.
    assert bool((up[0] > 0).all() and (down < 0).all())
    huge = torch.full((2, 1), 1e4, dtype=torch.bfloat16)
    for value in (loss.discriminator(-huge, huge), loss.generator(-huge)):
        assert value.dtype == torch.float32
        assert bool(value.isfinite())


def test_the_penalty_of_a_linear_critic_is_known() -> None:
    weight = torch.tensor([3.0, 4.0, 0.0]).view(1, 3, 1, 1)
    real, fake = torch.rand(4, 3, 1, 1), torch.rand(4, 3, 1, 1)
    # Its gradient has length 5 everywhere.
    found = gradient_penalty(lambda pictures: (weight * pictures).sum((1, 2, 3)), real, fake, torch.rand(4))
    assert float(found) == pytest.approx(16)


def test_the_penalty_is_taken_between_pictures_and_teaches_the_critic() -> None:
    seen: list[Tensor] = []
    critic = nn.Linear(3, 1)

    def score(pictures: Tensor) -> Tensor:
        seen.append(pictures)
        return torch.tanh(critic(pictures.flatten(1)))

    real, fake = torch.ones(2, 3, 1, 1), torch.zeros(2, 3, 1, 1, requires_grad=True)
    gradient_penalty(score, real, fake, torch.tensor([0.25, 1.0])).backward()
    assert seen[0].flatten().tolist() == [0.25] * 3 + [1.0] * 3
    assert critic.weight.grad is not None
    assert bool(critic.weight.grad.any())
    assert fake.grad is None


def test_an_auxiliary_classifier_reads_all_scores_but_the_first() -> None:
    scores, classes = torch.randn(4, 6), torch.tensor([0, 4, 2, 2])
    torch.testing.assert_close(auxiliary_loss(scores, classes), F.cross_entropy(scores[:, 1:], classes))
    assert torch.equal(auxiliary_loss(scores, classes), auxiliary_loss(scores + torch.eye(6)[0], classes))


@given(sparse=SCORES, dense=SCORES)
def test_the_divergence_is_the_mean_over_both_halves_of_every_opinion(sparse: list[float], dense: list[float]) -> None:
    count = min(len(sparse), len(dense))
    expected = 0.0
    for ours, theirs in zip(sparse, dense, strict=False):
        for sign in (1, -1):
            p, q = math.exp(log_odds(sign * theirs)), math.exp(log_odds(sign * ours))
            expected += p * math.log(p / q) / (2 * count)
    taught = torch.tensor(sparse[:count])[:, None].requires_grad_(True)
    teacher = torch.tensor(dense[:count])[:, None].requires_grad_(True)
    found = realness_divergence(taught, teacher)
    found.backward()
    assert float(found.detach()) == pytest.approx(expected, rel=1e-3, abs=1e-5)
    assert teacher.grad is None
    assert taught.grad is not None


def test_a_certain_teacher_gives_a_finite_loss() -> None:
    assert float(realness_divergence(torch.tensor([[-200.0]]), torch.tensor([[200.0]]))) == pytest.approx(-math.log(1e-10) / 2)


def test_terms_of_translations_are_zero_where_nothing_is_lost() -> None:
    first, second = torch.rand(2, 3, 4, 4), torch.rand(1, 3, 4, 4)
    kept = translated(first, second, lambda pictures: pictures, lambda pictures: pictures)
    assert all(float(term) == 0 for term in kept.terms.values())
    assert torch.equal(kept.first, second)
    assert torch.equal(kept.second, first)
    brighter = translated(first, second, lambda pictures: pictures + 0.5, lambda pictures: pictures - 0.25)
    found = {name: float(term) for name, term in brighter.terms.items()}
    expected = {"cycle.first": 0.25, "cycle.second": 0.25, "identity.first": 0.25, "identity.second": 0.5}
    assert found == pytest.approx(expected, abs=1e-6)
