"""The pruning methods: those of one cut, and those that push groups out while a network trains; a new one is a line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from intaglio.pruning.effects import Effect, GroupLasso, Masks, Penalties, Scales
from intaglio.pruning.lamp import lamp
from intaglio.pruning.magnitude import global_magnitude, layerwise_magnitude
from intaglio.pruning.mask import Mask
from intaglio.pruning.random import erk_random, layerwise_random, uniform_random
from intaglio.pruning.rules import SPP, AtOnce, GReg, IncReg, Steady
from intaglio.vocabulary.catalog import Catalog
from intaglio.vocabulary.errors import OptionError
from intaglio.vocabulary.spec import Spec


@dataclass(frozen=True, kw_only=True)
class Pruner:
    """A way to choose the weights that go."""

    name: str
    title: str
    """One line for lists."""
    prune: Callable[[Mapping[str, Tensor], Mask, float, int, float], Mask]
    """(weights, what is left, share of it to remove, seed, floor) -> what is left then; errors as of `global_magnitude`."""


PRUNERS: Catalog[Pruner] = Catalog(
    "pruning method",
    [
        (pruner.name, pruner)
        for pruner in (
            Pruner(
                name="magnitude",
                title="the smallest weights of the whole network",
                prune=lambda weights, mask, share, _, floor: global_magnitude(weights, mask, share, floor=floor),
            ),
            Pruner(
                name="layerwise-magnitude",
                title="the smallest weights of each layer, the same share everywhere",
                prune=lambda weights, mask, share, _, floor: layerwise_magnitude(weights, mask, _above(share, floor)),
            ),
            Pruner(
                name="lamp",
                title="the smallest weights of the whole network, each measured by those of its layer that are larger",
                prune=lambda weights, mask, share, _, floor: lamp(weights, mask, share, floor=floor),
            ),
            Pruner(
                name="uniform-random",
                title="weights drawn from the whole network",
                prune=lambda _, mask, share, seed, floor: uniform_random(mask, share, seed, floor=floor),
            ),
            Pruner(
                name="layerwise-random",
                title="weights drawn from each layer, the same share everywhere",
                prune=lambda _, mask, share, seed, floor: layerwise_random(mask, _above(share, floor), seed),
            ),
            Pruner(
                name="erk",
                title="weights drawn from each layer, fewer from small layers (Erdos-Renyi-Kernel)",
                prune=lambda _, mask, share, seed, floor: _erk(mask, _above(share, floor), seed),
            ),
        )
    ],
)


@dataclass(frozen=True, kw_only=True)
class StructuredMethod:
    """A way to prune groups of weights."""

    name: str
    title: str
    """One line for lists."""
    rule: type[Spec]
    """Settings of the rule, which is one: (contest, norms) -> contest."""
    usual: Mapping[str, float]
    """Settings of the rule that this method is known by."""
    effect: type[Effect]
    """What a push does."""
    interval: int
    """Steps between updates."""
    grouping: str
    """What it prunes unless told otherwise, a name in the catalog of groupings."""
    slower: float = 1
    """What the rate of the network's paper is divided by while groups are pushed."""
    freer: float = 1
    """What its weight decay is divided by then."""


STRUCTURED: Catalog[StructuredMethod] = Catalog(
    "structured pruning method",
    [
        (method.name, method)
        for method in (
            StructuredMethod(
                name="spp",
                title="groups are masked with probabilities that fight each other (SPP)",
                rule=SPP,
                usual={},
                effect=Masks,
                interval=180,
                grouping="columns",
            ),
            StructuredMethod(
                name="increg",
                title="penalties that grow and shrink by averaged ranks (IncReg)",
                rule=IncReg,
                usual={},
                effect=Penalties,
                interval=1,
                grouping="columns",
                slower=20,
                freer=2,
            ),
            StructuredMethod(
                name="greg-1",
                title="the same growing penalty for all groups that are doomed (GReg-1)",
                rule=GReg,
                usual={},
                effect=Penalties,
                interval=5,
                grouping="filters",
                slower=20,
                freer=2,
            ),
            StructuredMethod(
                name="greg-2",
                title="a penalty for all groups first, then for those that it made small (GReg-2)",
                rule=GReg,
                usual={"pick": 0.01},
                effect=Penalties,
                interval=5,
                grouping="filters",
                slower=20,
                freer=2,
            ),
            StructuredMethod(
                name="l1",
                title="the groups of the smallest L1 norms, at once",
                rule=AtOnce,
                usual={},
                effect=Penalties,
                interval=1,
                grouping="filters",
                slower=20,
                freer=2,
            ),
            StructuredMethod(
                name="lasso",
                title="the same penalty on the norm of every group, then the smallest go (group lasso)",
                rule=Steady,
                usual={"strength": 1e-3},
                effect=GroupLasso,
                interval=1,
                grouping="filters",
            ),
            StructuredMethod(
                name="slimming",
                title="the same penalty on the scale of every filter, then those of the smallest scales go (network slimming)",
                rule=Steady,
                usual={"strength": 1e-4},
                effect=Scales,
                interval=1,
                grouping="filters",
            ),
        )
    ],
)


def pruned(
    pruner: Pruner, weights: Mapping[str, Tensor], mask: Mask, sparsity: float, *, seed: int = 0, floor: float = 0.0
) -> Mask:
    """Remove as many weights as the sparsity asks for, of those that are left.

    Args:
        pruner: how.
        weights: trained.
        mask: what is left.
        sparsity: in [0, 1), of the mask's weights, in the end.
        seed: of what is drawn.
        floor: share of each tensor that stays.

    Returns:
        A mask that keeps `mask.count - round(sparsity * mask.count)` weights; of methods by layers, in each layer that share.

    Raises:
        OptionError: sparsity or floor out of range, or more is gone already.

    """
    if not 0 <= sparsity < 1:
        raise OptionError(f"sparsity is {sparsity:g}; it has to be at least 0 and less than 1")
    missing = round(sparsity * mask.count) - (mask.count - mask.kept)
    if missing < 0:
        raise OptionError(f"{mask.sparsity:.2%} of the weights are gone already, more than {sparsity:.2%}; ask for more")
    return pruner.prune(weights, mask, missing / max(1, mask.kept), seed, floor)


def _above(share: float, floor: float) -> float:
    """The share, where every tensor keeps what the floor asks for by itself."""
    if floor > 1 - share:
        raise OptionError(f"a floor of {floor:g} leaves less to prune than {share:g} of every tensor; lower one of them")
    return share


def _erk(mask: Mask, share: float, seed: int) -> Mask:
    if mask.kept < mask.count:
        raise OptionError("erk chooses among all weights, and some are gone already; give it a dense network")
    return erk_random(mask.shapes(), share, seed)
