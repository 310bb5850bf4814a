import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from intaglio.models.style.adaattn import CARD, AdaAttN
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.statistics import normalized
from intaglio.objectives.adaattn import AdaAttNTraining
from lively import enliven_
from loss_networks import narrow

WEIGHTS = {"style": 10.0, "local": 3.0}
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


def network() -> AdaAttN:
    made = AdaAttN(CARD.example)  # type: ignore[arg-type]
    enliven_(made)
    return made


def batch(height: int = 64, width: int = 48) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {role: torch.rand(2, 3, height, width, generator=generator) for role in ("content", "style")}


def objective(*, heads: bool = True, sample: int | None = None, joint: bool = False, **weights: float) -> AdaAttNTraining:
    judge = narrow(heads=heads, seed=1)
    return AdaAttNTraining(network(), judge, WEIGHTS | weights, sample=sample, joint=joint)


def total(made: AdaAttNTraining, pictures: dict[str, Tensor]) -> Tensor:
    return torch.stack([made.weights[name] * term for name, term in made(pictures).items()]).sum()


def local_by_definition(made: Tensor, pictures: dict[str, Tensor], judge: LossNetwork) -> float:
    """The sum over layers, with every matrix written out."""
    seen = {role: judge(picture, LAYERS) for role, picture in (pictures | {"made": made}).items()}
    terms = []
    for depth, layer in enumerate(LAYERS[1:], 2):
        keys = {}
        for role in ("content", "style"):
            size = seen[role][layer].shape[2:]
            parts = [normalized(F.interpolate(seen[role][one], size=size, mode="nearest")) for one in LAYERS[:depth]]
            keys[role] = torch.cat(parts, 1).flatten(2).double()
        attention = torch.softmax(keys["content"].mT @ keys["style"], -1).mT
        value = seen["style"][layer].flatten(2).double()
        mean = value @ attention
        deviation = (value.square() @ attention - mean.square()).clamp_min(0).sqrt()
        target = deviation * normalized(seen["content"][layer]).flatten(2) + mean
        terms.append((seen["made"][layer].flatten(2) - target).square().mean())
    return float(torch.stack(terms).sum())


@torch.no_grad()
@pytest.mark.parametrize("heads", [True, False], ids=["lifted", "plain"])
def test_the_local_term_is_the_distance_to_attention_without_weights(heads: bool) -> None:
    training, pictures = objective(heads=heads), batch()
    training.network.eval()
    made = training.network(pictures["content"], pictures["style"])
    expected = local_by_definition(made, pictures, training.loss_network)
    assert float(training(pictures)["local"]) == pytest.approx(expected, rel=1e-5)


def test_every_parameter_but_the_encoders_learns() -> None:
    training = objective(sample=100)
    total(training, batch()).backward()
    learning = dict(training.trained.named_parameters())
    assert not any(name.startswith("encoder") for name in learning)
    for name, parameter in learning.items():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.isfinite().all()), name
        # The bias of keys shifts all logits of a query alike, which no softmax sees.
        assert bool(parameter.grad.any()) or name.endswith("key.bias"), name


def test_trained_jointly_the_encoder_learns_but_its_colors_do_not() -> None:
    training = objective(joint=True)
    total(training, batch()).backward()
    for name, parameter in training.network.encoder.named_parameters():
        assert (parameter.grad is None) == name.startswith("layers.conv0"), name


@pytest.mark.parametrize("plain", ["content", "style"])
@pytest.mark.parametrize("color", [0.0, 0.4])
def test_a_picture_of_one_color_leaves_all_gradients_finite(plain: str, color: float) -> None:
    training, pictures = objective(), batch()
    pictures[plain] = torch.full_like(pictures[plain], color)
    found = total(training, pictures)
    found.backward()
    assert bool(found.isfinite())
    for name, parameter in training.trained.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.isfinite().all()), name


@torch.no_grad()
def test_the_local_term_draws_from_styles_of_many_positions_anew_in_every_step() -> None:
    pictures = batch()
    training = objective(sample=40)
    training.network.eval()
    state = torch.get_rng_state()
    first, second = (float(training(pictures)["local"]) for _ in range(2))
    torch.set_rng_state(state)
    assert float(training(pictures)["local"]) == first
    assert second != first


@torch.no_grad()
def test_a_limit_that_is_not_reached_draws_nothing() -> None:
    pictures = batch()
    limited, unlimited = objective(sample=32 * 24).eval(), objective(sample=None).eval()
    state = torch.get_rng_state()
    assert float(limited(pictures)["local"]) == float(unlimited(pictures)["local"])
    assert torch.equal(torch.get_rng_state(), state)


@torch.no_grad()
def test_the_content_term_is_there_where_it_has_a_weight() -> None:
    pictures = batch()
    assert set(objective()(pictures)) == {"style", "local"}
    training = objective(content=1.0)
    made = training.network.eval()(pictures["content"], pictures["style"])
    ours, theirs = (training.loss_network(picture, LAYERS) for picture in (made, pictures["content"]))
    expected = sum(float(F.mse_loss(normalized(ours[layer]), normalized(theirs[layer]))) for layer in LAYERS[1:])
    assert float(training(pictures)["content"]) == pytest.approx(expected, rel=1e-5)
