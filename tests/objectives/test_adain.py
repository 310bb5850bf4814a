import pytest
import torch
from torch import Tensor

from intaglio.models.style.adain import AdaptiveInstanceNormalization
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.moments import Moments
from intaglio.models.style.network import Cascade
from intaglio.models.style.statistics import mean_and_std, restyled
from intaglio.models.style.vgg_codec import CodecConfig, Decoder, Encoder
from intaglio.objectives.adain import LAYERS, AdaINCollaboration, AdaINLoss, AdaINTraining
from intaglio.vocabulary.errors import InputError
from style_networks import FINISHED, pretrained

CONFIG = CodecConfig(cut="relu4_1", widths=(4, 4, 4, 4, 6, 6, 6, 6, 6), decoder_relu=False)


def pictures(seed: int, count: int = 2) -> Tensor:
    return torch.rand(count, 3, 32, 40, generator=torch.Generator().manual_seed(seed))


def networks() -> tuple[Encoder, Decoder]:
    torch.manual_seed(0)
    return Encoder(CONFIG), Decoder(CONFIG)


def batch() -> dict[str, Tensor]:
    return {"content": pictures(1), "style": pictures(2)}


def test_restyled_features_are_what_the_network_solves() -> None:
    content, style = torch.randn(1, 5, 6, 7), 2 * torch.randn(1, 5, 9, 4) + 3
    of_content, of_style = Moments(5, full=False), Moments(5, full=False)
    of_content.add(content)
    of_style.add(style)
    affine = AdaptiveInstanceNormalization(1e-5).solve(of_content, of_style)
    assert torch.allclose(restyled(content, style), affine(content), atol=1e-5)


def test_what_stages_behind_make_of_the_picture_is_judged() -> None:
    encoder, _ = networks()
    network = pretrained(FINISHED).network
    assert isinstance(network, Cascade)
    first, *finish = network.cascade()
    objective = AdaINTraining(first.encoder, first.decoder, AdaINLoss(LossNetwork(encoder)), finish=finish)
    given = batch()
    # As the network does it, a picture at a time.
    whole = torch.cat([network(*pair) for pair in zip(given["content"].split(1), given["style"].split(1), strict=True)])
    torch.testing.assert_close(objective.show(given)[2], whole, rtol=1e-3, atol=1e-3)
    expected = AdaINLoss(LossNetwork(encoder))(given, encoder, lambda _: whole)
    terms = objective(given)
    assert all(torch.allclose(terms[name], value, rtol=1e-2) for name, value in expected.items())


@pytest.mark.parametrize("joint", [False, True])
def test_stages_behind_learn_with_the_encoder_only(joint: bool) -> None:
    encoder, _ = networks()
    network = pretrained(FINISHED).network
    assert isinstance(network, Cascade)
    first, *finish = network.cascade()
    first.decoder.requires_grad_(True)
    loss = AdaINLoss(LossNetwork(encoder))
    objective = AdaINTraining(first.encoder, first.decoder, loss, finish=finish, joint=joint)
    sum(objective(batch()).values(), torch.zeros(())).backward()
    for name, parameter in network.named_parameters():
        learns = not name.endswith(("conv0.weight", "conv0.bias")) if joint else name.startswith("stages.0.decoder")
        assert (parameter.grad is not None) == learns, name
    trained = {id(parameter) for parameter in objective.trained.parameters() if parameter.requires_grad}
    assert trained == {id(parameter) for parameter in network.parameters() if parameter.grad is not None}


def test_a_picture_that_comes_back_as_the_target_has_no_content_loss() -> None:
    encoder, _ = networks()
    given = batch() | {"style": batch()["content"]}
    terms = AdaINLoss(LossNetwork(encoder))(given, encoder, lambda _: given["content"])
    assert float(terms["content"]) == pytest.approx(0, abs=1e-6)
    assert all(float(terms[f"style.{layer}"]) == pytest.approx(0, abs=1e-9) for layer in LAYERS)


def test_the_terms_are_the_equations() -> None:
    encoder, decoder = networks()
    given = batch()
    terms = AdaINLoss(LossNetwork(encoder), identity=True)(given, encoder, decoder)
    target = restyled(encoder(given["content"]), encoder(given["style"]))
    made = decoder(target)
    assert torch.allclose(terms["content"], (encoder(made) - target).square().mean())
    ours, theirs = (encoder.taps(picture, LAYERS) for picture in (made, given["style"]))
    for layer in LAYERS:
        distances = [
            (a - b).square().mean() for a, b in zip(mean_and_std(ours[layer]), mean_and_std(theirs[layer]), strict=True)
        ]
        assert torch.allclose(terms[f"style.{layer}"], distances[0] + distances[1])
    assert torch.allclose(terms["identity"], (decoder(encoder(given["content"])) - given["content"]).square().mean())


@pytest.mark.parametrize("joint", [False, True])
def test_only_what_is_trained_gets_gradients(joint: bool) -> None:
    encoder, decoder = networks()
    loss_network = LossNetwork(Encoder(CONFIG))
    objective = AdaINTraining(encoder, decoder, AdaINLoss(loss_network), joint=joint)
    sum(objective(batch()).values()).backward()
    assert all(parameter.grad is not None for parameter in decoder.parameters())
    for name, parameter in encoder.named_parameters():
        assert (parameter.grad is not None) == (joint and not name.startswith("layers.conv0")), name
    assert all(parameter.grad is None for parameter in loss_network.parameters())
    assert set(decoder.parameters()) <= set(objective.trained.parameters())


def test_what_leaves_the_range_is_charged_and_not_looked_at() -> None:
    encoder, _ = networks()
    given = batch()
    outside = given["content"] * 2 - 0.5
    terms = AdaINLoss(LossNetwork(encoder), bounded=True)(given, encoder, lambda _: outside)
    held = outside.clamp(0, 1)
    assert torch.allclose(terms["range"], (outside - held).square().mean())
    same = AdaINLoss(LossNetwork(encoder))(given, encoder, lambda _: held)
    assert all(torch.equal(terms[name], value) for name, value in same.items())


def test_the_collaborator_passes_gradients_to_the_features_only() -> None:
    encoder, decoder = networks()
    collaboration = AdaINCollaboration(decoder, AdaINLoss(LossNetwork(Encoder(CONFIG))))
    sum(collaboration(batch(), encoder).values()).backward()
    assert all(parameter.grad is None for parameter in decoder.parameters())
    assert all(parameter.grad is not None for parameter in encoder.parameters())


def test_a_loss_network_that_ends_early_is_refused() -> None:
    shallow = Encoder(CodecConfig(cut="relu3_1", widths=(4, 4, 4, 4, 6)))
    with pytest.raises(InputError, match=r"ends at relu3_1 and has no relu4_1; take a deeper encoder"):
        AdaINLoss(LossNetwork(shallow))
