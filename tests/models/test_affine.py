import torch

from intaglio.models.style.affine import Affine


def random_map(seed: int) -> Affine:
    generator = torch.Generator().manual_seed(seed)
    return Affine(
        torch.randn(3, 3, dtype=torch.float64, generator=generator), torch.randn(3, dtype=torch.float64, generator=generator)
    )


FEATURES = torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(9))


def test_every_position_is_mapped_by_itself() -> None:
    one = random_map(0)
    expected = one.weight @ FEATURES[1, :, 2, 3] + one.bias
    torch.testing.assert_close(one(FEATURES)[1, :, 2, 3], expected)


def test_the_dtype_of_the_features_is_kept() -> None:
    assert random_map(0)(FEATURES.float()).dtype == torch.float32


def test_a_blend_is_a_blend_of_the_features() -> None:
    one = random_map(1)
    torch.testing.assert_close(one.blended(0.3)(FEATURES), 0.3 * one(FEATURES) + 0.7 * FEATURES)


def test_without_strength_it_is_the_identity() -> None:
    nothing = random_map(1).blended(0.0)
    assert torch.equal(nothing.weight, torch.eye(3, dtype=torch.float64))
    assert torch.all(nothing.bias == 0)


def test_full_strength_changes_nothing() -> None:
    one = random_map(2)
    assert torch.equal(one.blended(1.0).weight, one.weight)
    assert torch.equal(one.blended(1.0).bias, one.bias)


def test_a_mixture_mixes_the_features() -> None:
    maps, shares = [random_map(seed) for seed in range(3)], [0.5, 0.2, 0.3]
    expected = torch.stack([share * one(FEATURES) for share, one in zip(shares, maps, strict=True)]).sum(0)
    torch.testing.assert_close(Affine.mixed(maps, shares)(FEATURES), expected)


def test_a_mixture_of_one_is_that_one() -> None:
    one = random_map(4)
    assert torch.equal(Affine.mixed([one], [1.0]).weight, one.weight)
