import pytest
import torch
from torch import Tensor, nn

from encoders import encoder
from intaglio.models.style.gram import gram, lifted_gram
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.vgg_codec import CodecConfig, Encoder
from intaglio.objectives.gatys import GatysObjective, GatysWeights, relative_error, total_variation
from intaglio.vocabulary.errors import InputError, SpecError

SHALLOW = GatysWeights(content_layer="relu2_1")


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def transparent() -> Encoder:
    """relu1_1 is the picture: every kernel passes its own channel on."""
    network = Encoder(CodecConfig(cut="relu1_1", widths=(3,)))
    for layer in (network.layers.conv0, network.layers.conv1_1):
        assert isinstance(layer, nn.Conv2d)
        nn.init.dirac_(layer.weight)
        assert layer.bias is not None
        nn.init.zeros_(layer.bias)
    return network


def test_the_terms_are_those_computed_by_hand() -> None:
    """Pictures of one color each, so that each Gram matrix is the product of the color with itself."""
    objective = GatysObjective(
        LossNetwork(transparent()),
        torch.tensor([0.5, 0.5, 0.0]).reshape(1, 3, 1, 1).expand(1, 3, 4, 4),
        [torch.tensor([0.0, 1.0, 0.0]).reshape(1, 3, 1, 1).expand(1, 3, 5, 6)],
        [1.0],
        GatysWeights(content_weight=2.0, style_weight=3.0, total_variation_weight=4.0, content_layer="relu1_1"),
    )
    found = torch.tensor([1.0, 0.5, 0.0]).reshape(1, 3, 1, 1).expand(1, 3, 4, 4)
    terms = objective.terms(found)
    assert list(terms) == ["content", "style", "total variation"]
    # Content: 0.25 beside 0.5. Gram matrices, times three: [1, .5; .5, .25] beside [0, 0; 0, 1].
    expected = {"content": 0.5, "style": 1.0 + 2 * 0.25 + 0.75**2, "total variation": 0.0}
    assert {name: float(term) for name, term in terms.items()} == pytest.approx(expected)
    assert float(objective.total(terms)) == pytest.approx(2 * 0.5 + 3 * 2.0625)


def test_total_variation_is_the_mean_squared_step_down_and_across() -> None:
    steps = torch.tensor([[0.0, 0.1], [0.2, 0.5]]).expand(1, 3, 2, 2)
    assert float(total_variation(steps)) == pytest.approx((0.1**2 + 0.3**2) / 2 + (0.2**2 + 0.4**2) / 2)
    assert float(total_variation(torch.rand(1, 3, 1, 1))) == 0.0


def test_the_relative_error_does_not_depend_on_the_scale_of_features() -> None:
    one, other = picture(4, 4), picture(4, 4, seed=1)
    assert float(relative_error(1000 * one, 1000 * other)) == pytest.approx(float(relative_error(one, other)))
    assert float(relative_error(one, torch.zeros_like(one))) < float("inf")


def test_a_picture_has_its_own_content_and_its_own_style() -> None:
    content = picture(32, 40)
    terms = GatysObjective(LossNetwork(encoder("relu2_1")), content, [content], [1.0], SHALLOW).terms(content)
    assert float(terms["content"]) == float(terms["style"]) == 0.0


def test_gradients_are_those_of_the_objective() -> None:
    network = LossNetwork(encoder("relu2_1", lifted=True).double())
    content, style = picture(6, 8).double(), picture(8, 6, seed=1).double()
    objective = GatysObjective(network, content, [style], [1.0], SHALLOW)
    start = picture(6, 8, seed=2).double().requires_grad_()
    torch.autograd.gradcheck(lambda x: tuple(objective.terms(x).values()), start)
    torch.autograd.gradcheck(lambda x: objective.total(objective.terms(x)), start)


def test_gradients_reach_the_picture_only() -> None:
    network = LossNetwork(encoder("relu2_1", lifted=True))
    start = picture(16, 16).requires_grad_()
    objective = GatysObjective(network, picture(16, 16, seed=1), [picture(16, 16, seed=2)], [1.0], SHALLOW)
    objective.total(objective.terms(start)).backward()  # type: ignore[no-untyped-call]  # torch has no types there
    assert start.grad is not None
    assert float(start.grad.abs().sum()) > 0
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize("layer", ["relu1_1", "relu2_1"])
def test_the_gram_of_lifted_features_needs_no_lifted_features(layer: str) -> None:
    deep = encoder("relu2_1", lifted=True)
    head = deep.embeddings[layer]
    assert isinstance(head, nn.Conv2d)
    with torch.no_grad():
        features = deep.taps(picture(16, 24), (layer,))[layer]
        torch.testing.assert_close(lifted_gram(features, head), gram(head(features)))


def test_heads_count_only_where_the_loss_network_lifts() -> None:
    content, style, found = (picture(16, 16, seed=seed) for seed in range(3))
    with_heads, without = (
        GatysObjective(LossNetwork(network, lifted=lifted), content, [style], [1.0], SHALLOW).terms(found)["style"]
        for network, lifted in ((encoder("relu2_1", lifted=True), True), (encoder("relu2_1", lifted=True), False))
    )
    assert float(with_heads) != pytest.approx(float(without), rel=1e-3)


def test_mixed_styles_pull_as_the_weighted_terms_of_each() -> None:
    """The gradients agree when each term is measured in the unit of the mixture."""
    network = LossNetwork(transparent())
    weights = GatysWeights(content_layer="relu1_1")
    content, one, other = (picture(8, 8, seed=seed).double() for seed in range(3))
    network.double()
    start = picture(8, 8, seed=3).double().requires_grad_()
    grams = [gram(style) for style in (one, other)]
    mixed = 0.25 * grams[0] + 0.75 * grams[1]

    def pull(value: Tensor) -> Tensor:
        return torch.autograd.grad(value, start)[0]

    objective = GatysObjective(network, content, [one, other], [0.25, 0.75], weights)
    separate = (
        sum(share * (gram(start) - wanted).square().sum() for share, wanted in zip((0.25, 0.75), grams, strict=True))
        / mixed.square().sum()
    )
    assert isinstance(separate, Tensor)
    torch.testing.assert_close(pull(objective.terms(start)["style"]), pull(separate))


def test_an_encoder_that_ends_too_early_is_refused() -> None:
    content = picture(32, 32)
    with pytest.raises(InputError, match=r"ends at relu4_1 and has no relu4_2 .* set the content layer to relu4_1"):
        GatysObjective(LossNetwork(encoder("relu4_1")), content, [content], [1.0], GatysWeights())
    with pytest.raises(InputError, match="has no conv9"):
        GatysObjective(LossNetwork(encoder("relu4_1")), content, [content], [1.0], GatysWeights(content_layer="conv9"))


@pytest.mark.parametrize("field", ["content_weight", "style_weight", "total_variation_weight"])
@pytest.mark.parametrize("value", [-1.0, float("inf"), float("nan")])
def test_a_weight_out_of_range_is_refused(field: str, value: float) -> None:
    with pytest.raises(SpecError, match=field):
        GatysWeights.parse({field: value}, where="options")
