"""What the golden tests of GANs share: pictures, networks that learn, norms of gradients."""

from pathlib import Path

import numpy as np
from torch import Tensor, nn

from golden import imported, picture

LATER = 2e-2
"""Tolerance of what follows an update: Adam turns the rounding of small gradients into steps."""


def pictures(array: np.ndarray) -> Tensor:
    """In [-1, 1]."""
    return 2 * picture(array) - 1


def learning(shared: Path, folder: Path, golden: str, file: str, form: str) -> nn.Module:
    """A network of the reference, in training."""
    return imported(shared, folder, golden, file, form).network.train().requires_grad_(True)


def assert_gradients(network: nn.Module, expected: np.ndarray) -> None:
    """That their norms are those of the reference, whose parameters stand in another order.

    Biases in front of a normalization have rounding for a gradient, so all are compared on the scale of the largest.
    """
    found = [float(one.grad.norm()) for one in network.parameters() if one.grad is not None]
    assert_norms(found, expected, 1e-3)


def assert_norms(found: list[float], expected: np.ndarray, tolerance: float) -> None:
    """That both are the same set."""
    assert len(found) == len(expected)
    assert np.abs(np.sort(found) - np.sort(expected)).max() <= tolerance * expected.max()
