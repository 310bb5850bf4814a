"""`Mask`: which weights of a network are kept; a value with exact counts and an algebra.

Sparsity is a share of something, and papers differ in what of. `sparsity` counts the weights that could be pruned at all;
`sparsity_of` any other number, as that of all parameters of a network (Kong et al. 2022 report that one).
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Self

import numpy as np
import torch
from torch import Tensor

from intaglio.vocabulary.errors import WeightsError


class Mask(Mapping[str, Tensor]):
    """Booleans on the CPU by the name of the tensor, true for a weight that is kept.

    Args:
        kept: of any device; copied.

    Raises:
        TypeError: a tensor that is not boolean.

    """

    def __init__(self, kept: Mapping[str, Tensor]) -> None:
        if wrong := [name for name, one in kept.items() if one.dtype != torch.bool]:
            raise TypeError(f"a mask has booleans; {wrong[0]} is {kept[wrong[0]].dtype}")
        self._kept = {name: kept[name].detach().cpu().clone() for name in sorted(kept)}

    @classmethod
    def full(cls, weights: Mapping[str, Tensor]) -> Self:
        """All of these weights are kept."""
        return cls({name: torch.ones(weight.shape, dtype=torch.bool) for name, weight in weights.items()})

    def __getitem__(self, name: str) -> Tensor:
        return self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mask):
            return NotImplemented
        return self.shapes() == other.shapes() and all(torch.equal(one, other[name]) for name, one in self.items())

    def __hash__(self) -> int:
        return hash(self.digest())

    def __and__(self, other: "Mask") -> Self:
        """Kept by both."""
        return self._with(other, torch.logical_and)

    def __or__(self, other: "Mask") -> Self:
        """Kept by either."""
        return self._with(other, torch.logical_or)

    def __xor__(self, other: "Mask") -> Self:
        """Kept by one of them."""
        return self._with(other, torch.logical_xor)

    def __invert__(self) -> Self:
        """Kept what was pruned."""
        return type(self)({name: ~one for name, one in self.items()})

    def __le__(self, other: "Mask") -> bool:
        """Whether all that it keeps the other keeps."""
        return (self & other) == self

    def __repr__(self) -> str:
        return f"Mask({len(self)} tensors, {self.kept:,} of {self.count:,} weights kept, sparsity {self.sparsity:.2%})"

    @property
    def count(self) -> int:
        """Weights, kept or not."""
        return sum(one.numel() for one in self.values())

    @property
    def kept(self) -> int:
        """Weights that are kept."""
        return sum(int(one.sum()) for one in self.values())

    @property
    def sparsity(self) -> float:
        """Share of its weights that is pruned."""
        return self.sparsity_of(self.count)

    def sparsity_of(self, parameters: int) -> float:
        """Pruned weights as a share of so many parameters, those of the whole network for instance."""
        return (self.count - self.kept) / max(1, parameters)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of its tensors."""
        return {name: tuple(one.shape) for name, one in self.items()}

    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of names, shapes and bits."""
        found = hashlib.sha256()
        for name, one in self.items():
            found.update(f"{name}:{tuple(one.shape)}:".encode())
            found.update(_bits(one).tobytes())
        return found.hexdigest()[:16]

    def apply_(self, tensors: Mapping[str, Tensor]) -> None:
        """Set pruned entries of tensors to zero, in place; tensors that it does not name stay.

        Raises:
            WeightsError: it is the mask of another network.

        """
        self.refuse_other(tensors)
        with torch.no_grad():
            for name, one in self.items():
                tensors[name].masked_fill_(~one.to(tensors[name].device), 0)

    def refuse_other(self, tensors: Mapping[str, Tensor]) -> None:
        """Raise WeightsError if a tensor of its own is not among these, or has another shape."""
        for name, shape in self.shapes().items():
            if name not in tensors:
                raise WeightsError(f"the mask is of another network: {name} is not in this one; take the mask's own")
            if tuple(tensors[name].shape) != shape:
                raise WeightsError(
                    f"the mask is of another network: {name} is {shape} there and {tuple(tensors[name].shape)} here; "
                    "take the mask's own"
                )

    def packed(self) -> dict[str, Tensor]:
        """Eight weights to a byte, by name; the last byte of each tensor is filled up with zeros."""
        return {name: torch.from_numpy(_bits(one)) for name, one in self.items()}

    @classmethod
    def unpacked(cls, packed: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]]) -> Self:
        """The mask of `packed` bytes.

        Raises:
            WeightsError: there are more or fewer bytes than the shapes need, or names differ.

        """
        if packed.keys() != shapes.keys():
            raise WeightsError(f"the mask's bytes and shapes differ in {min(packed.keys() ^ shapes.keys())}; it is damaged")
        kept: dict[str, Tensor] = {}
        for name, shape in shapes.items():
            count, one = int(np.prod(shape, dtype=np.int64)), packed[name]
            if one.dtype != torch.uint8 or one.shape != (-(-count // 8),):
                raise WeightsError(f"the mask of {name} has not the bytes of {count:,} weights; it is damaged")
            kept[name] = torch.from_numpy(np.unpackbits(one.numpy(), count=count).astype(bool)).view(shape)
        return cls(kept)

    def _with(self, other: "Mask", operation: Callable[[Tensor, Tensor], Tensor]) -> Self:
        self.refuse_other(other)
        other.refuse_other(self)
        return type(self)({name: operation(one, other[name]) for name, one in self.items()})


def _bits(kept: Tensor) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    bits: np.ndarray[tuple[int], np.dtype[np.uint8]] = np.packbits(kept.numpy().reshape(-1))
    return bits
