"""Whether there are matching subnetworks, and what makes them: Kong et al. 2022, Table 2 and Figures 3, 8."""

from intaglio.studies.claims import Claim
from intaglio.studies.levels import Findings, Level
from intaglio.studies.tickets.definition import TicketDefinition
from intaglio.studies.tickets.published import Published

# Printed as from 80 percent on; the grid of rounds has 79.0 there.
_SPARSE = 0.79


def _beats_dense(found: Findings) -> bool | None:
    levels = [level for level in found.of("imp") if 0.48 < level.sparsity < 0.6]
    return any(level.difference.mean < 0 for level in levels) if levels else None


def _below(found: Findings, better: str, worse: str) -> bool | None:
    """Whether one arm has the lower mean error at every high sparsity that both have."""
    pairs = [
        (one, other)
        for one in found.of(better)
        for other in found.of(worse)
        if one.round == other.round and one.sparsity > _SPARSE
    ]
    return all(_mean(one) < _mean(other) for one, other in pairs) if pairs else None


def _mean(level: Level) -> float:
    return level.difference.mean


DEFINITION = TicketDefinition(
    name="tickets",
    title="tickets by iterative magnitude, against one cut, random masks and random tickets",
    source="Kong et al. 2022, Table 2 and Figures 3, 8",
    networks=("adain", "sanet"),
    variants=lambda network: {network: {"arms": ("imp", "one-shot", "random", "random-ticket")}},
    published=(
        Published(network="adain", arm="imp", dense=5.685, best=5.134, best_at=0.59, extreme=0.892, table="Table 2"),
        Published(network="adain", arm="one-shot", dense=5.685, best=5.255, best_at=0.59, extreme=0.59, table="Table 2"),
        Published(network="adain", arm="random", dense=5.685, best=5.413, best_at=0.2, extreme=0.3, table="Table 2"),
        Published(network="adain", arm="random-ticket", dense=5.685, extreme=0.0, table="Table 2"),
        Published(network="sanet", arm="imp", dense=8.627, best=8.268, best_at=0.488, extreme=0.737, table="Tables 1, 3"),
    ),
    claims=(
        Claim("a ticket of imp at 48.8 to 59.0 % does better than the dense network", _beats_dense),
        Claim("from 79.0 % on, imp stays below one-shot", lambda found: _below(found, "imp", "one-shot")),
        Claim("from 79.0 % on, one-shot stays below random", lambda found: _below(found, "one-shot", "random")),
        Claim(
            "random tickets match at no sparsity",
            lambda found: found.extreme("random-ticket") is None if found.of("random-ticket") else None,
        ),
    ),
)
