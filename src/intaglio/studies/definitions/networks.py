"""Whether all networks have tickets: Kong et al. 2022, Table 4."""

from intaglio.studies.claims import Claim
from intaglio.studies.definitions import tickets
from intaglio.studies.tickets.definition import TicketDefinition
from intaglio.studies.tickets.published import Published

DEFINITION = TicketDefinition(
    name="networks",
    title="the six networks",
    source="Kong et al. 2022, Table 4",
    networks=("adain", "sanet", "lst", "manet", "adaattn", "mccnet"),
    variants=lambda network: {network: {"arms": ("imp",)}},
    published=(
        *(one for one in tickets.DEFINITION.published if one.arm == "imp"),
        Published(network="lst", arm="imp", dense=3.103, best=2.686, best_at=0.79, extreme=0.931, table="Table 4"),
        Published(network="manet", arm="imp", dense=17.176, best=11.227, best_at=0.2, extreme=0.79, table="Table 4"),
        Published(network="adaattn", arm="imp", dense=24.467, best=22.873, best_at=0.488, extreme=0.737, table="Table 4"),
        Published(network="mccnet", arm="imp", dense=7.875, best=7.574, best_at=0.59, extreme=0.832, table="Table 4"),
    ),
    claims=(
        Claim(
            "there is a matching ticket",
            lambda found: found.extreme("imp") is not None if found.of("imp") else None,
        ),
    ),
)
