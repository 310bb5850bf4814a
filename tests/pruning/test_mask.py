import pytest
import torch
from hypothesis import given
from torch import Tensor

from intaglio.pruning.mask import Mask
from intaglio.vocabulary.errors import WeightsError
from pruning.masks import masks, pairs


@given(masks())
def test_packing_keeps_every_bit_at_eight_to_a_byte(mask: Mask) -> None:
    packed = mask.packed()
    assert Mask.unpacked(packed, mask.shapes()) == mask
    assert sum(one.numel() for one in packed.values()) == sum(-(-one.numel() // 8) for one in mask.values())


@given(pairs())
def test_the_algebra_is_that_of_sets(both: tuple[Mask, Mask]) -> None:
    one, other = both
    assert (one & other).kept + (one | other).kept == one.kept + other.kept
    assert (one ^ other) == (one | other) & ~(one & other)
    assert ~~one == one
    assert (~one).kept == one.count - one.kept
    assert one & other <= one <= one | other
    assert (one <= other) == all(
        bool((~mine | theirs).all()) for mine, theirs in zip(one.values(), other.values(), strict=True)
    )


@given(masks())
def test_the_digest_tells_masks_apart_by_a_single_bit(mask: Mask) -> None:
    same = Mask(dict(reversed(list(mask.items()))))
    assert (same, same.digest(), hash(same)) == (mask, mask.digest(), hash(mask))
    for name, kept in mask.items():
        if kept.numel():
            changed = kept.clone()
            changed.view(-1)[-1] ^= True
            assert Mask({**mask, name: changed}).digest() != mask.digest()
    assert Mask({f"{name}'": one for name, one in mask.items()}).digest() != mask.digest()


def test_sparsity_is_a_share_of_what_it_says() -> None:
    mask = Mask({"a": torch.tensor([True, False, False, True]), "b": torch.ones(2, 3, dtype=torch.bool)})
    assert (mask.count, mask.kept) == (10, 8)
    assert (mask.sparsity, mask.sparsity_of(40)) == (0.2, 0.05)
    assert repr(mask) == "Mask(2 tensors, 8 of 10 weights kept, sparsity 20.00%)"
    assert Mask({}).sparsity == 0


def test_what_is_pruned_becomes_zero_and_nothing_else_changes() -> None:
    tensors = {"a": torch.arange(1.0, 7).view(2, 3), "b": torch.full((4,), torch.nan), "c": torch.ones(2)}
    kept = {"a": torch.tensor([[True, False, True], [False, True, True]]), "b": torch.zeros(4, dtype=torch.bool)}
    Mask(kept).apply_(tensors)
    assert tensors["a"].tolist() == [[1, 0, 3], [0, 5, 6]]
    assert tensors["b"].tolist() == [0, 0, 0, 0]
    assert tensors["c"].tolist() == [1, 1]


def test_a_mask_is_a_value() -> None:
    given_tensor = torch.ones(3, dtype=torch.bool)
    mask = Mask({"a": given_tensor})
    given_tensor[0] = False
    assert mask.kept == 3
    assert Mask.full({"a": torch.zeros(3)}) == mask
    assert mask != "a mask"


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"a": torch.ones(2, 2)}, r"of another network: a is \(4,\) there and \(2, 2\) here"),
        ({"b": torch.ones(4)}, "of another network: a is not in this one"),
    ],
)
def test_a_mask_of_another_network_is_refused(tensors: dict[str, Tensor], message: str) -> None:
    mask = Mask({"a": torch.ones(4, dtype=torch.bool)})
    with pytest.raises(WeightsError, match=message):
        mask.apply_(tensors)
    with pytest.raises(WeightsError, match="of another network"):
        mask & Mask.full(tensors)
    with pytest.raises(WeightsError, match="of another network"):
        Mask.full(tensors) | mask


def test_bytes_that_do_not_fit_are_refused() -> None:
    mask = Mask.full({"a": torch.ones(9), "b": torch.ones(2)})
    packed, shapes = mask.packed(), mask.shapes()
    with pytest.raises(WeightsError, match="differ in b; it is damaged"):
        Mask.unpacked({"a": packed["a"]}, shapes)
    for wrong in (packed["a"][:1], packed["a"].int(), packed["a"][None]):
        with pytest.raises(WeightsError, match="the mask of a has not the bytes of 9 weights; it is damaged"):
            Mask.unpacked({**packed, "a": wrong}, shapes)


def test_a_mask_has_booleans() -> None:
    with pytest.raises(TypeError, match=r"a is torch\.float32"):
        Mask({"a": torch.ones(3)})
