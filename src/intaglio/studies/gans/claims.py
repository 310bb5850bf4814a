"""What Chen et al. 2021 say of tickets in GANs, to be checked of each generator."""

from intaglio.studies.claims import Claim
from intaglio.studies.gans.findings import GanFindings

_LOW, _HIGH = 0.66, 0.75


def _matches(found: GanFindings) -> bool | None:
    levels = [level for level in found.last.of("imp-g") if _LOW < level.sparsity < _HIGH]
    return any(level.matches for level in levels) if levels else None


def _below(better: str, worse: str, found: GanFindings) -> bool | None:
    """Whether one arm has the lower mean score at every level from there on that both have."""
    pairs = [
        (one.difference.mean, other.difference.mean)
        for one in found.last.of(better)
        for other in found.last.of(worse)
        if one.round == other.round and one.sparsity > _LOW
    ]
    return all(one < other for one, other in pairs) if pairs else None


def _alike(found: GanFindings) -> bool | None:
    """Whether the sparsest matches with and without pruned discriminators are at most a round apart."""
    one, other = found.last.extreme("imp-g"), found.last.extreme("imp-gd")
    if not found.last.of("imp-gd"):
        return None
    return abs((one.round if one else 0) - (other.round if other else 0)) <= 1


CLAIMS: tuple[Claim[GanFindings], ...] = (
    Claim("a ticket of imp-g matches at 67 to 74 %", _matches),
    Claim("from 67 % on, imp-g stays below random masks", lambda found: _below("imp-g", "random", found)),
    Claim("from 67 % on, imp-g stays below random tickets", lambda found: _below("imp-g", "random-ticket", found)),
    Claim("whether discriminators are pruned too moves the sparsest match by a round at most", _alike),
    Claim(
        "from 67 % on, discriminators do better from theta_0 than from trained weights",
        lambda found: _below("imp-g", "trained-discriminator", found),
    ),
)
