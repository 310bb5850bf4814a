import pytest
import torch
from torch import Tensor

from intaglio.models.style.manet import CARD, MANet
from intaglio.objectives.manet import MANetTraining
from intaglio.training.methods.manet import METHOD, MANetSettings
from intaglio.vocabulary.errors import InputError
from loss_networks import narrow
from style_networks import lively

ALWAYS, NEVER = 1e9, 0.0
TERMS = ("content", "style", "identity.pixels", "identity.features", "disentangle.content", "disentangle.style")


def objective(settings: MANetSettings | None = None, *, joint: bool = False) -> MANetTraining:
    network = lively(CARD)
    assert isinstance(network, MANet)
    made = METHOD.objective(network, narrow(), settings or MANetSettings(), joint)
    assert isinstance(made, MANetTraining)
    return made


def batch(count: int = 3) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {name: torch.rand(count, 3, 32, 32, generator=generator) for name in ("content", "style")}


def disentangling(training: MANetTraining, given: dict[str, Tensor]) -> list[Tensor]:
    return [training(given)[f"disentangle.{what}"].detach() for what in ("content", "style")]


@pytest.mark.parametrize("joint", [False, True], ids=["frozen encoder", "joint"])
@pytest.mark.parametrize("gate", [NEVER, ALWAYS], ids=["closed", "open"])
def test_every_parameter_that_learns_has_a_finite_gradient(joint: bool, gate: float) -> None:
    training = objective(MANetSettings(gate=gate), joint=joint)
    terms = training(batch())
    assert tuple(terms) == tuple(training.weights) == TERMS
    torch.stack([training.weights[name] * term for name, term in terms.items()]).sum().backward()
    learning = {name: parameter for name, parameter in training.trained.named_parameters() if parameter.requires_grad}
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in learning.values())
    assert any(name.startswith("encoder.") for name in learning) == joint
    assert {"content.query.weight", "style.key.bias", "joint.out.weight", "decoder.conv1_1.weight"} < set(learning)
    assert all(parameter.grad is None for parameter in training.loss_network.parameters())


def test_the_gate_opens_when_content_and_style_with_their_weights_are_below_it() -> None:
    terms = objective()(batch())
    judged = float((terms["content"] + 5 * terms["style"]).detach())
    assert all(disentangling(objective(MANetSettings(gate=1.001 * judged)), batch()))
    assert not any(disentangling(objective(MANetSettings(gate=0.999 * judged)), batch()))


def test_shuffled_pictures_of_two_are_compared_with_their_order_reversed() -> None:
    training, given = objective(MANetSettings(gate=ALWAYS)), batch(2)
    network, perception = training.network, training.perception
    contents = perception.look(network(given["content"].flip(0), given["style"]))
    styles = perception.look(network(given["content"], given["style"].flip(0)))
    expected = [
        perception.content(contents, {layer: seen.flip(0) for layer, seen in contents.items()}),
        perception.style(styles, {layer: seen.flip(0) for layer, seen in styles.items()}),
    ]
    torch.testing.assert_close(disentangling(training, given), [term.detach() for term in expected])
    assert all(term.detach() > 0 for term in expected)


def test_paired_pictures_share_the_content_or_the_style() -> None:
    training, given = objective(MANetSettings(gate=ALWAYS, pairs="paired")), batch()
    network, perception = training.network, training.perception
    made = perception.look(network(given["content"], given["style"]))
    other_styles = perception.look(network(given["content"], given["style"].roll(1, 0)))
    other_contents = perception.look(network(given["content"].roll(1, 0), given["style"]))
    expected = [perception.content(other_styles, made), perception.style(other_contents, made)]
    torch.testing.assert_close(disentangling(training, given), [term.detach() for term in expected])


@pytest.mark.parametrize("pairs", ["shuffled", "paired"])
def test_a_batch_of_one_has_nothing_to_disentangle(pairs: str) -> None:
    settings = MANetSettings.parse({"gate": ALWAYS, "pairs": pairs}, where="losses")
    assert disentangling(objective(settings), batch(1)) == [0.0, 0.0]


def test_while_the_gate_is_closed_no_more_pictures_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    training = objective(MANetSettings(gate=NEVER))
    made: list[Tensor] = []
    stylized = training.network.stylized
    monkeypatch.setattr(training.network, "stylized", lambda *maps: made.append(stylized(*maps)) or made[-1])
    training(batch())
    assert len(made) == 3


def test_a_loss_network_that_ends_too_early_is_refused() -> None:
    network = lively(CARD)
    assert isinstance(network, MANet)
    with pytest.raises(InputError, match="ends at relu4_1 and has no relu5_1"):
        METHOD.objective(network, narrow("relu4_1"), MANetSettings(), False)


def test_it_shows_content_style_and_what_became_of_them() -> None:
    training, given = objective(), batch()
    content, style, made = training.show(given)
    assert content is given["content"]
    assert style is given["style"]
    torch.testing.assert_close(made, training.network(content, style))
