"""Whitening and coloring with gradients is that of WCT, and its gradients are those of finite differences."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from intaglio.models.style.moments import Moments
from intaglio.models.style.recoloring import recolored
from intaglio.models.style.wct import WhiteningColoring

CUT = 1e-4


def features(seed: int, count: int, channels: int, side: int) -> Tensor:
    """Correlated ones of a scale of their own."""
    source = torch.Generator().manual_seed(seed)
    mixed = torch.randn(count, channels, channels, generator=source, dtype=torch.float64)
    drawn = torch.rand(count, channels, side * side, generator=source, dtype=torch.float64)
    return (mixed @ drawn).reshape(count, channels, side, side)


def moments(maps: Tensor) -> Moments:
    found = Moments(len(maps), full=True)
    found.add(maps[None])
    return found


@given(seed=st.integers(0, 1000), channels=st.integers(1, 8), dead=st.booleans())
@settings(max_examples=30)
def test_each_picture_gets_the_map_of_wct(seed: int, channels: int, dead: bool) -> None:
    content, style = features(seed, 2, channels, 5), features(seed + 1, 2, channels, 7)
    if dead:
        content[:, 0], style[1, -1] = 0.0, 0.0
    made = recolored(content, style, CUT)
    for ours, theirs, one in zip(content, style, made, strict=True):
        known = WhiteningColoring(CUT).solve(moments(ours), moments(theirs))
        expected = known.weight @ ours.flatten(1) + known.bias[:, None]
        torch.testing.assert_close(one.flatten(1), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("alike", [False, True], ids=["any", "equal eigenvalues"])
def test_gradients_are_exact(alike: bool) -> None:
    content = features(1, 2, 3, 4)
    if alike:
        # Two channels of the same variance that have nothing in common.
        content[:, :2] = torch.tensor([[1.0, -1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0]], dtype=torch.float64).reshape(2, 1, 4)
    style = features(2, 2, 3, 5)
    assert torch.autograd.gradcheck(lambda maps: recolored(maps, style, CUT), content.requires_grad_())


def test_no_gradient_flows_into_what_does_not_vary() -> None:
    content = features(3, 1, 3, 4)
    content[:, 1] = 0.25
    content.requires_grad_()
    recolored(content, features(4, 1, 3, 4), CUT).square().sum().backward()
    assert content.grad is not None
    assert content.grad.isfinite().all()


def test_styles_get_no_gradient() -> None:
    style = features(5, 1, 3, 4).requires_grad_()
    made = recolored(features(6, 1, 3, 4).requires_grad_(), style, CUT)
    made.sum().backward()
    assert style.grad is None
