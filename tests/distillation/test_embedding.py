import pytest
import torch
from torch import Tensor, nn

from intaglio.distillation.embedding import embedding_loss, fit_heads_, heads
from loss_networks import narrow_config, narrow_encoder


def features(channels: int, seed: int = 0) -> Tensor:
    return torch.randn(2, channels, 5, 6, generator=torch.Generator().manual_seed(seed))


def test_heads_of_equal_width_start_as_the_identity() -> None:
    encoder = narrow_encoder(narrow_config("relu2_1", heads=False))
    maps = heads(encoder, {"relu1_1": 3, "relu2_1": 9})
    assert torch.equal(maps["relu1_1"](features(3)), features(3))
    assert maps["relu2_1"](features(4)).shape == (2, 9, 5, 6)


def test_the_loss_is_a_share_of_the_teachers_spread() -> None:
    teacher = features(4) * 7 + 3
    assert float(embedding_loss(teacher, teacher)) == 0
    means = teacher.mean((0, 2, 3), keepdim=True).expand_as(teacher)
    assert float(embedding_loss(means, teacher)) == pytest.approx(1)
    assert float(embedding_loss(means * 10, teacher * 10)) == pytest.approx(1, rel=1e-4)


def test_features_without_spread_do_not_divide_by_zero() -> None:
    constant = torch.ones(1, 2, 3, 3)
    assert float(embedding_loss(constant, constant)) == 0


def test_the_gradient_through_the_embedding_is_the_true_one() -> None:
    """Numerically, in float64: to the student's features, the map's weight and its bias."""
    torch.manual_seed(0)
    student = torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(5, 2, 1, 1, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(5, dtype=torch.float64, requires_grad=True)
    teacher = torch.randn(1, 5, 3, 4, dtype=torch.float64)

    def loss(ours: Tensor, q: Tensor, b: Tensor) -> Tensor:
        return embedding_loss(nn.functional.conv2d(ours, q, b), teacher)

    assert torch.autograd.gradcheck(loss, (student, weight, bias))


def test_the_fitted_map_is_the_one_that_made_the_features() -> None:
    torch.manual_seed(0)
    truth, maps = nn.Conv2d(4, 7, 1), nn.ModuleDict({"relu1_1": nn.Conv2d(4, 7, 1)})
    fit_heads_(maps, [{"relu1_1": (features(4, seed), truth(features(4, seed)))} for seed in range(3)])
    assert torch.allclose(maps["relu1_1"].weight, truth.weight, atol=1e-4)
    assert torch.allclose(maps["relu1_1"].bias, truth.bias, atol=1e-4)


def test_no_other_map_fits_better() -> None:
    maps = nn.ModuleDict({"relu1_1": nn.Conv2d(3, 4, 1)})
    ours, theirs = features(3), features(4, seed=1)
    fit_heads_(maps, [{"relu1_1": (ours, theirs)}])
    with torch.no_grad():
        best = float((maps["relu1_1"](ours) - theirs).square().mean())
        for _ in range(5):
            for parameter in maps.parameters():
                moved = torch.randn_like(parameter) * 0.01
                parameter.add_(moved)
                assert float((maps["relu1_1"](ours) - theirs).square().mean()) > best
                parameter.sub_(moved)


def test_channels_that_never_fire_do_not_make_the_fit_singular() -> None:
    ours = features(3).clone()
    ours[:, 1] = 0
    maps = nn.ModuleDict({"relu1_1": nn.Conv2d(3, 2, 1)})
    fit_heads_(maps, [{"relu1_1": (ours, features(2, seed=1))}])
    assert all(bool(parameter.isfinite().all()) for parameter in maps.parameters())
