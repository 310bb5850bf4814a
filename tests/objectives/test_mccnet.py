import pytest
import torch

from intaglio.models.style.mccnet import CARD, MCCNet
from intaglio.objectives.mccnet import FAINTEST, STRONGEST, MCCNetTraining, total_variation
from intaglio.training.methods.mccnet import METHOD, MCCNetSettings
from intaglio.vocabulary.errors import InputError
from loss_networks import narrow
from style_networks import lively


def objective(*, joint: bool = False) -> MCCNetTraining:
    network = lively(CARD)
    assert isinstance(network, MCCNet)
    made = METHOD.objective(network, narrow(), MCCNetSettings(), joint)
    assert isinstance(made, MCCNetTraining)
    return made


def batch() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {name: torch.rand(2, 3, 32, 32, generator=generator) for name in ("content", "style")}


@pytest.mark.parametrize("joint", [False, True], ids=["frozen encoder", "joint"])
def test_every_parameter_that_learns_has_a_finite_gradient(joint: bool) -> None:
    training = objective(joint=joint)
    terms = training(batch())
    assert set(terms) == set(training.weights)
    torch.stack([training.weights[name] * term for name, term in terms.items()]).sum().backward()
    learning = {name: parameter for name, parameter in training.trained.named_parameters() if parameter.requires_grad}
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in learning.values())
    assert any(name.startswith("encoder.") for name in learning) == joint
    assert {"correlation.fused.weight", "correlation.key.bias", "decoder.conv1_1.weight"} < set(learning)
    assert all(parameter.grad is None for parameter in training.loss_network.parameters())


def test_without_noise_nothing_flickers(monkeypatch: pytest.MonkeyPatch) -> None:
    training = objective()
    monkeypatch.setattr(training, "noise", torch.zeros_like)
    assert float(training(batch())["illumination"].detach()) == 0.0


def test_a_little_noise_makes_a_little_flicker() -> None:
    training = objective()
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        flicker = float(training(batch())["illumination"].detach())
    made = training.network(batch()["content"], batch()["style"])
    assert 0.0 < flicker < float(made.detach().var())


def test_noise_has_one_deviation_for_all_pictures_and_another_each_time() -> None:
    training, like = objective(), torch.zeros(3, 3, 128, 128)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        drawn = [training.noise(like) for _ in range(40)]
        torch.manual_seed(0)
        assert torch.equal(training.noise(like), drawn[0])
    deviations = torch.stack([noise.std((1, 2, 3)) for noise in drawn])
    assert (deviations.amax(1) / deviations.amin(1)).max() < 1.03
    assert deviations.mean(1).min() < FAINTEST + 0.002
    assert deviations.mean(1).max() > STRONGEST - 0.002
    assert deviations.min() > FAINTEST * 0.98
    assert deviations.max() < STRONGEST * 1.02


def test_variation_is_the_sum_of_steps_between_neighbors() -> None:
    picture = torch.tensor([[0.0, 1.0, 1.0], [0.5, 1.0, 0.0]])[None, None]
    assert float(total_variation(picture)) == pytest.approx((1.0 + 0.0 + 0.5 + 1.0) + (0.5 + 0.0 + 1.0))
    assert float(total_variation(picture.repeat(2, 3, 1, 1))) == pytest.approx(6 * 4.0)


def test_a_loss_network_that_ends_too_early_is_refused() -> None:
    network = lively(CARD)
    assert isinstance(network, MCCNet)
    with pytest.raises(InputError, match="ends at relu4_1 and has no relu5_1"):
        METHOD.objective(network, narrow("relu4_1"), MCCNetSettings(), False)


def test_it_shows_content_style_and_what_became_of_them() -> None:
    training, given = objective(), batch()
    content, style, made = training.show(given)
    assert content is given["content"]
    assert style is given["style"]
    torch.testing.assert_close(made, training.network(content, style))
