"""What is left of a style network that computes less: structured pruning, beside distillation to the same costs."""

from functools import partial

from intaglio.studies.claims import Claim
from intaglio.studies.compression.definition import CompressionDefinition
from intaglio.studies.compression.findings import CompressionFindings
from intaglio.studies.compression.published import VOTES
from intaglio.studies.compression.trials import DISTILLED

_AT_ONCE, _PUSHED = "l1", ("spp", "increg", "greg-1")


def _lower(found: CompressionFindings, arms: tuple[str, ...], than: tuple[str, ...]) -> bool | None:
    """Whether each of some arms has a lower mean error than each of some others, at every speedup that both have."""
    pairs = [
        (one.error.mean, beside.error.mean)
        for arm in arms
        for one in found.of(arm)
        for other in than
        if (beside := found.at(other, one.asked)) is not None
    ]
    return all(one < other for one, other in pairs) if pairs else None


DEFINITION = CompressionDefinition(
    name="compression",
    title="smaller style networks: filters pushed out by each method, against distillation to the same costs",
    source="Wang et al. 2018 (SPP), 2019 (IncReg), 2021 (GReg) and 2020 (Collaborative Distillation)",
    networks=("adain", "sanet"),
    methods=("spp", "increg", "greg-1", _AT_ONCE, "lasso", "slimming"),
    speedups=(2.0, 4.0),
    published=VOTES,
    claims=(
        Claim("SPP, IncReg and GReg-1 end at lower errors than one cut", partial(_lower, arms=_PUSHED, than=(_AT_ONCE,))),
        Claim(
            "collaborative distillation ends at a lower error than filter pruning",
            partial(_lower, arms=(DISTILLED,), than=(*_PUSHED, _AT_ONCE)),
        ),
    ),
)
