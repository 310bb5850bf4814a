"""Whether a network gets better when its encoder learns too: Kong et al. 2022, Table 1."""

from intaglio.studies.claims import Claim
from intaglio.studies.tickets.definition import TicketDefinition
from intaglio.studies.tickets.published import Published

DEFINITION = TicketDefinition(
    name="joint-training",
    title="training the encoder as well, against one that stays as it is",
    source="Kong et al. 2022, Table 1",
    networks=("adain", "sanet"),
    variants=lambda network: {network: {"arms": ("frozen",), "rounds": 1}},
    published=(
        Published(network="adain", arm="frozen", dense=5.685, best=8.297, best_at=0.0, table="Table 1"),
        Published(network="sanet", arm="frozen", dense=8.627, best=14.438, best_at=0.0, table="Table 1"),
    ),
    claims=(
        Claim(
            "with its encoder frozen a network does worse",
            lambda found: all(level.difference.mean > 0 for level in found.levels) if found.levels else None,
        ),
    ),
)
