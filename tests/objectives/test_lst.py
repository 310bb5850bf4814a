import pytest
import torch
from torch import Tensor, nn

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.lst import LST, LSTConfig
from intaglio.models.style.vgg_codec import CodecConfig, Cut, depth_of
from intaglio.objectives.lst import LAYERS, LSTTraining
from intaglio.vocabulary.errors import InputError
from lively import enliven_
from loss_networks import narrow

WEIGHTS = {"content": 1.0, "style": 0.02}


def network(cut: Cut = "relu4_1") -> LST:
    torch.manual_seed(0)
    widths = (3, 4, 4, 5, 6, 6, 6, 6, 7)[: depth_of(cut)]
    made = LST(LSTConfig(codec=CodecConfig(cut=cut, widths=widths, decoder_relu=False), matrix=3))
    enliven_(made)
    return made


def batch() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {role: torch.rand(3, 3, 32, 40, generator=generator) for role in ("content", "style")}


@pytest.mark.parametrize("cut", ["relu4_1", "relu3_1"])
@pytest.mark.parametrize("lifted", [True, False])
def test_the_terms_are_the_equations(cut: Cut, lifted: bool) -> None:
    judge = LossNetwork(narrow("relu4_1").encoder, lifted=lifted)
    objective, given = LSTTraining(network(cut), judge, WEIGHTS), batch()
    with torch.no_grad():
        terms = objective(given)
        seen = [judge(picture, LAYERS) for picture in (objective.network(**given), given["style"], given["content"])]
    style = 0.0
    for index in range(3):
        for layer in LAYERS:
            made, wanted = (features[layer][index].flatten(1).double() for features in seen[:2])
            style += float((made.mean(1) - wanted.mean(1)).square().sum())
            style += float(((made @ made.T - wanted @ wanted.T) / made.numel()).square().sum())
    assert terms.keys() == WEIGHTS.keys()
    assert float(terms["style"]) == pytest.approx(style / 3, rel=1e-4)
    assert float(terms["content"]) == pytest.approx(float((seen[0]["relu4_1"] - seen[2]["relu4_1"]).square().mean()), rel=1e-4)


@pytest.mark.parametrize(
    ("decoder", "joint", "learning"),
    [
        (False, False, {"transform"}),
        (True, False, {"transform", "decoder"}),
        (False, True, {"transform", "decoder", "encoder"}),
    ],
)
def test_the_transformation_learns_and_the_codec_only_if_asked(decoder: bool, joint: bool, learning: set[str]) -> None:
    objective = LSTTraining(network(), narrow(), WEIGHTS, decoder=decoder, joint=joint)
    assert {name for name, _ in objective.trained.named_children()} == learning
    torch.stack(list(objective(batch()).values())).sum().backward()
    for name, weight in objective.network.named_parameters():
        learns = name.split(".")[0] in learning and not name.startswith("encoder.layers.conv0")
        assert (weight.grad is not None) == learns, name
    assert all(weight.grad is None for weight in objective.loss_network.parameters())


def test_a_step_against_the_gradients_lowers_the_loss() -> None:
    objective, given = LSTTraining(network(), narrow(), WEIGHTS), batch()

    def total() -> Tensor:
        return torch.stack([WEIGHTS[name] * term for name, term in objective(given).items()]).sum()

    before = total()
    before.backward()
    slopes = {weight: weight.grad for weight in objective.trained.parameters() if weight.grad is not None}
    steepness = torch.stack([slope.norm() for slope in slopes.values()]).norm()
    with torch.no_grad():
        for weight, slope in slopes.items():
            weight -= 0.01 * slope / steepness
        assert float(total()) < float(before)


def test_a_style_of_one_color_gives_finite_gradients() -> None:
    objective, given = LSTTraining(network(), narrow(), WEIGHTS), batch()
    torch.stack(list(objective(given | {"style": torch.full_like(given["style"], 0.5)}).values())).sum().backward()
    weights: list[nn.Parameter] = list(objective.network.transform.parameters())
    assert all(weight.grad is not None and bool(weight.grad.isfinite().all()) for weight in weights)


def test_a_network_at_relu3_1_is_judged_at_relu4_1_too() -> None:
    shallow = network("relu3_1")
    with pytest.raises(InputError, match=r"ends at relu3_1 and has no relu4_1; take a deeper encoder"):
        LSTTraining(shallow, LossNetwork(shallow.encoder), WEIGHTS)


def test_it_shows_content_style_and_result() -> None:
    objective, given = LSTTraining(network(), narrow(), WEIGHTS), batch()
    content, style, made = objective.show(given)
    assert torch.equal(content, given["content"])
    assert torch.equal(style, given["style"])
    assert torch.equal(made, objective.network(content, style))
