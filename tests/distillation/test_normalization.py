import torch
from torch import nn

from intaglio.distillation.normalization import fold_, normalize_
from loss_networks import narrow_config, narrow_encoder


def test_folding_gives_the_same_features_without_the_normalizations() -> None:
    encoder = narrow_encoder(narrow_config("relu3_1", heads=False))
    names = [name for name, _ in encoder.layers.named_children()]
    normalize_(encoder)
    with torch.no_grad():
        for layer in encoder.layers:
            if isinstance(layer, nn.BatchNorm2d) and layer.affine:
                layer.weight.uniform_(0.5, 1.5)
                layer.bias.uniform_(-0.5, 0.5)
    picture = torch.rand(4, 3, 24, 24)
    normalized = encoder.train()(picture)
    fold_(encoder, [picture])
    assert [name for name, _ in encoder.layers.named_children()] == names
    # In training a batch's variance is biased, in evaluation it is not: a share of 1 / (4 * 6 * 6) at the coarsest layer.
    assert torch.allclose(encoder(picture), normalized, rtol=0.03, atol=0.03)


def test_the_statistics_are_those_of_all_pictures() -> None:
    pictures = [torch.rand(2, 3, 16, 16) for _ in range(5)]
    folded = []
    for order in (pictures, pictures[::-1]):
        encoder = narrow_encoder(narrow_config("relu2_1", heads=False))
        normalize_(encoder)
        encoder(torch.rand(2, 3, 16, 16) * 9)  # what training has left in the running means is forgotten
        fold_(encoder, order)
        folded.append(encoder(pictures[0]))
    assert torch.allclose(folded[0], folded[1], atol=1e-4)


def test_normalized_features_have_mean_zero_and_spread_one_before_the_relu() -> None:
    encoder = narrow_encoder(narrow_config("relu2_1", heads=False))
    normalize_(encoder)
    encoder.train()
    before = nn.Sequential(*list(encoder.layers)[:-1])(torch.rand(4, 3, 16, 16))
    assert torch.allclose(before.mean((0, 2, 3)), torch.zeros(4), atol=1e-4)
    assert torch.allclose(before.var((0, 2, 3), correction=0), torch.ones(4), atol=1e-2)
