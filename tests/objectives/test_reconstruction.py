import pytest
import torch
from torch import Tensor

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.vgg_codec import CodecConfig, Decoder, Encoder
from intaglio.objectives.reconstruction import Reconstruction, ReconstructionCollaboration, ReconstructionLoss

CONFIG = CodecConfig(cut="relu2_1", widths=(4, 4, 6), embedded=(("relu1_1", 8), ("relu2_1", 8)))
LAYERS = ("relu1_1", "relu2_1")


def picture(seed: int = 0, height: int = 16) -> Tensor:
    return torch.rand(2, 3, height, 20, generator=torch.Generator().manual_seed(seed))


def encoder() -> Encoder:
    torch.manual_seed(0)
    return Encoder(CONFIG)


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("lifted", [False, True])
def test_the_terms_are_equation_1(relative: bool, lifted: bool) -> None:
    network = LossNetwork(encoder(), lifted=lifted)
    made, original = picture(1), picture(2)
    terms = ReconstructionLoss(network, LAYERS, relative=relative)(made, original)
    assert list(terms) == ["pixel", "perceptual.relu1_1", "perceptual.relu2_1"]
    assert torch.allclose(terms["pixel"], (made - original).square().mean())
    for layer in LAYERS:
        ours, theirs = network(made, LAYERS)[layer], network(original, LAYERS)[layer]
        assert ours.shape[1] == (8 if lifted else CONFIG.width_of(layer))
        expected = (ours - theirs).square().mean() / (theirs.square().mean() if relative else 1)
        assert torch.allclose(terms[f"perceptual.{layer}"], expected)


def test_the_same_picture_has_no_loss() -> None:
    terms = ReconstructionLoss(LossNetwork(encoder()), LAYERS, relative=True)(picture(), picture())
    assert all(float(term) == 0 for term in terms.values())


def test_rows_that_pools_dropped_do_not_count() -> None:
    objective = Reconstruction(encoder(), Decoder(CONFIG), ReconstructionLoss(LossNetwork(encoder()), LAYERS))
    assert torch.isfinite(objective({"picture": picture(height=17)})["pixel"])


def test_only_the_decoder_learns_unless_jointly() -> None:
    for joint in (False, True):
        inner, decoder = encoder(), Decoder(CONFIG)
        objective = Reconstruction(inner, decoder, ReconstructionLoss(LossNetwork(encoder()), LAYERS), joint=joint)
        sum(objective({"picture": picture()}).values()).backward()
        assert all(parameter.grad is not None for parameter in decoder.parameters())
        assert any(parameter.grad is not None for parameter in inner.parameters()) == joint


def test_the_collaborator_is_frozen() -> None:
    decoder = Decoder(CONFIG)
    collaboration = ReconstructionCollaboration(decoder, ReconstructionLoss(LossNetwork(encoder()), LAYERS))
    student = encoder()
    sum(collaboration({"picture": picture()}, student).values()).backward()
    assert all(parameter.grad is None for parameter in decoder.parameters())
    assert student.layers.get_submodule("conv1_1").weight.grad is not None
