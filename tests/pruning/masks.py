"""Masks and weights of any shape, for properties."""

from collections.abc import Mapping

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch import Tensor

from intaglio.pruning.mask import Mask

Shapes = dict[str, tuple[int, ...]]

shapes: st.SearchStrategy[Shapes] = st.dictionaries(
    st.sampled_from(["conv1.weight", "conv1.bias", "a", "z.0"]),
    arrays.array_shapes(min_dims=1, max_dims=4, max_side=5),
    min_size=1,
)


def _booleans(shape: tuple[int, ...]) -> st.SearchStrategy[Tensor]:
    return arrays.arrays(np.bool_, shape).map(torch.from_numpy)


def _masks(of: Mapping[str, tuple[int, ...]]) -> st.SearchStrategy[Mask]:
    return st.fixed_dictionaries({name: _booleans(shape) for name, shape in of.items()}).map(Mask)


def masks() -> st.SearchStrategy[Mask]:
    """Any mask."""
    return shapes.flatmap(_masks)


def pairs() -> st.SearchStrategy[tuple[Mask, Mask]]:
    """Two masks of one network."""
    return shapes.flatmap(lambda of: st.tuples(_masks(of), _masks(of)))


def weighted(levels: int = 5) -> st.SearchStrategy[tuple[Mask, dict[str, Tensor]]]:
    """A mask and weights of few magnitudes, so that most are tied."""

    def with_weights(of: Shapes) -> st.SearchStrategy[tuple[Mask, dict[str, Tensor]]]:
        values = {
            name: arrays.arrays(np.int8, shape, elements=st.integers(-levels, levels)).map(
                lambda one: torch.from_numpy(one).float()
            )
            for name, shape in of.items()
        }
        return st.tuples(_masks(of), st.fixed_dictionaries(values))

    return shapes.flatmap(with_weights)
