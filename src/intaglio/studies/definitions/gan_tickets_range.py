"""Whether a range of GANs has matching subnetworks: Chen et al. 2021."""

from intaglio.studies.gans.claims import CLAIMS
from intaglio.studies.gans.definition import GanDefinition
from intaglio.training.gan.catalog import GANS

DEFINITION = GanDefinition(
    name="gan-tickets-range",
    title="tickets of a range of GANs, against random masks",
    source="Chen et al. 2021 (GANs Can Play Lottery Tickets Too)",
    networks=tuple(GANS),
    arms=("imp-g", "random"),
    claims=CLAIMS,
)
