"""Pruning at random: what a method that looks at weights has to beat.

Departures:
- Kong et al. 2022 do not say whether their random masks have the same sparsity in every layer. `uniform_random` draws from all
  weights alike, `layerwise_random` from each tensor its share, `erk_random` by the shape of each tensor.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from intaglio.pruning.magnitude import global_magnitude, layerwise_magnitude, refuse_share
from intaglio.pruning.mask import Mask
from intaglio.vocabulary.errors import OptionError
from intaglio.vocabulary.seeds import derive_seed


def uniform_random(mask: Mask, share: float, seed: int, *, floor: float = 0.0) -> Mask:
    """Remove a share of the weights that are left, drawn from all tensors together; errors as of `global_magnitude`."""
    return global_magnitude(_drawn(mask, seed), mask, share, floor=floor)


def layerwise_random(mask: Mask, share: float, seed: int) -> Mask:
    """Remove the same share of what is left in every tensor; errors as of `layerwise_magnitude`."""
    return layerwise_magnitude(_drawn(mask, seed), mask, share)


def erk_random(shapes: Mapping[str, tuple[int, ...]], sparsity: float, seed: int) -> Mask:
    """A random mask with the densities of Erdos-Renyi-Kernel: small tensors stay denser (Evci et al. 2020, RigL).

    The density of a tensor is proportional to the sum of its sides over their product, at most 1, so that all together have
    the sparsity asked for; at least one weight is kept in each.

    Args:
        shapes: of the tensors, outputs first.
        sparsity: in [0, 1), of all together.
        seed: of the draw.

    Raises:
        OptionError: sparsity out of range, or so high that tensors would be empty.

    """
    refuse_share(sparsity, "sparsity")
    full = Mask({name: torch.ones(shape, dtype=torch.bool) for name, shape in shapes.items()})
    kept = _erk_counts(shapes, full.count - round(sparsity * full.count))
    made: dict[str, Tensor] = {}
    for name, values in _drawn(full, seed).items():
        chosen = torch.zeros(values.numel(), dtype=torch.bool)
        chosen[values.flatten().argsort()[: kept[name]]] = True
        made[name] = chosen.view(values.shape)
    return Mask(made)


def _erk_counts(shapes: Mapping[str, tuple[int, ...]], total: int) -> dict[str, int]:
    """Weights to keep in each tensor, `total` in all: tensors that would be more than full are, the others share the rest."""
    sizes = {name: torch.Size(shape).numel() for name, shape in shapes.items()}
    if total < len(sizes):
        raise OptionError(f"{total:,} weights do not go round {len(sizes)} tensors; ask for less sparsity")
    raw = {name: float(sum(shape)) for name, shape in shapes.items()}
    full: set[str] = set()
    while True:
        share = (total - sum(sizes[name] for name in full)) / max(1e-30, sum(raw[name] for name in raw if name not in full))
        if not (over := {name for name in raw if name not in full and share * raw[name] >= sizes[name]}):
            break
        full |= over
    wanted = {name: float(sizes[name]) if name in full else max(1.0, share * raw[name]) for name in raw}
    counts = {name: min(sizes[name], int(one)) for name, one in wanted.items()}
    # What rounding leaves goes to the largest remainders; what the at-least-one rule took comes from the largest tensors.
    order = sorted(counts, key=lambda name: (counts[name] - wanted[name], name))
    while (missing := total - sum(counts.values())) != 0:
        for name in order if missing > 0 else sorted(counts, key=lambda name: -counts[name]):
            step = (missing > 0) - (missing < 0)
            if missing and 1 <= counts[name] + step <= sizes[name]:
                counts[name] += step
                missing -= step
    return counts


def _drawn(mask: Mask, seed: int) -> dict[str, Tensor]:
    """A random number in (0, 1] for every weight, each tensor from a draw of its own; float64 has no ties to speak of."""
    drawn: dict[str, Tensor] = {}
    for name, kept in mask.items():
        generator = torch.Generator().manual_seed(derive_seed(seed, "prune", name))
        drawn[name] = 1 - torch.rand(kept.shape, generator=generator, dtype=torch.float64)
    return drawn
