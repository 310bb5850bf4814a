"""What is left of each layer of a ticket, round by round."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from intaglio.vocabulary.spec import Spec


class LayerShares(Spec):
    """How much of a layer is left."""

    arm: str
    name: str
    part: str
    """Of the network: "encoder", "transfer", "decoder"."""
    weights: int
    kept: tuple[float, ...]
    """Share after each round, from the first; the mean over the seeds."""


def layer_shares(arm: str, rounds: Iterable[Sequence[Mapping[str, Any]]]) -> tuple[LayerShares, ...]:
    """Of an arm, up to the first round of which nothing is there.

    Args:
        arm: its name.
        rounds: results of the cuts of each, one for every seed that has done it.

    """
    kept: dict[str, list[float]] = {}
    facts: dict[str, tuple[str, int]] = {}
    for results in rounds:
        if not results:
            break
        for name, layer in results[0]["layers"].items():
            facts[name] = layer["part"], layer["weights"]
            share = fmean(one["layers"][name]["kept"] / one["layers"][name]["weights"] for one in results)
            kept.setdefault(name, []).append(share)
    return tuple(
        LayerShares(arm=arm, name=name, part=part, weights=weights, kept=tuple(kept[name]))
        for name, (part, weights) in facts.items()
    )
