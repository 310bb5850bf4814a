"""What structured pruning costs: SPP, Wang et al. 2018, and IncReg, Wang et al. 2019, on CIFAR-10, beside GReg and one cut."""

from functools import partial

from intaglio.studies.claims import Claim
from intaglio.studies.structured.definition import PruningDefinition
from intaglio.studies.structured.findings import PruningFindings
from intaglio.studies.structured.published import LOSSES

_PUSHED, _AT_ONCE = ("spp", "increg"), "l1"


def _loses_at_most(found: PruningFindings, points: float, speedup: float) -> bool | None:
    outcomes = [found.at(method, speedup) for method in _PUSHED]
    return None if None in outcomes else all(one.lost.mean <= points for one in outcomes if one)


def _beats_one_cut(found: PruningFindings) -> bool | None:
    """Before the retraining, at every speedup and for every seed that both have."""
    pairs = [
        (one.runs[seed].cut, other.runs[seed].cut)
        for method in _PUSHED
        for one in found.of(method)
        if (other := found.at(_AT_ONCE, one.asked))
        for seed in one.runs.keys() & other.runs.keys()
    ]
    return all(pushed > cut for pushed, cut in pairs) if pairs else None


DEFINITION = PruningDefinition(
    name="structured",
    title="what structured pruning costs: groups pushed out while a network trains, against one cut",
    source="Wang et al. 2018 (SPP), Wang et al. 2019 (IncReg) and Wang et al. 2021 (GReg)",
    networks=("convnet",),
    methods=("spp", "increg", "greg-1", _AT_ONCE),
    speedups=(2.0, 4.0),
    published=LOSSES,
    claims=(
        Claim("at 2 times, SPP and IncReg lose at most 1 point", partial(_loses_at_most, points=1, speedup=2)),
        Claim("at 4 times, SPP and IncReg lose at most 3 points", partial(_loses_at_most, points=3, speedup=4)),
        Claim("before the retraining, SPP and IncReg are better than one cut, for every seed", _beats_one_cut),
    ),
)
