"""Whether going back is worth it, against training on: Kong et al. 2022, Figure 10."""

from functools import partial

from intaglio.studies.claims import Claim
from intaglio.studies.levels import Findings
from intaglio.studies.tickets.definition import TicketDefinition

_OTHERS = ("fine-tuned", "slimmed")


def _sparser(found: Findings, than: str) -> bool | None:
    if not found.of("imp") or not found.of(than):
        return None
    ticket, other = found.extreme("imp"), found.extreme(than)
    return ticket is not None and (other is None or ticket.sparsity > other.sparsity)


DEFINITION = TicketDefinition(
    name="methods",
    title="tickets against pruning that is fine-tuned, by magnitude and of whole filters (network slimming)",
    source="Kong et al. 2022, Figure 10",
    networks=("adain",),
    variants=lambda network: {network: {"arms": ("imp", *_OTHERS)}},
    claims=tuple(
        Claim(f"the sparsest matching ticket of imp is sparser than that of the arm {arm}", partial(_sparser, than=arm))
        for arm in _OTHERS
    ),
)
