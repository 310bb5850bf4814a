"""Whether going back is worth it, against training on: Kong et al. 2022, Figure 10."""

from intaglio.studies.definition import Definition
from intaglio.studies.findings import Findings
from intaglio.studies.published import Claim


def _sparser(found: Findings) -> bool | None:
    if not found.of("imp") or not found.of("fine-tuned"):
        return None
    ticket, tuned = found.extreme("imp"), found.extreme("fine-tuned")
    return ticket is not None and (tuned is None or ticket.sparsity > tuned.sparsity)


DEFINITION = Definition(
    name="methods",
    title="tickets against magnitude pruning that is fine-tuned",
    source="Kong et al. 2022, Figure 10",
    networks=("adain",),
    variants=lambda network: {network: {"arms": ("imp", "fine-tuned")}},
    claims=(Claim("the sparsest matching ticket of imp is sparser than that of fine-tuning", _sparser),),
)
