"""Whether SNGAN has matching subnetworks, and what the discriminator has to do with it: Chen et al. 2021, on CIFAR-10."""

from intaglio.studies.gans.claims import CLAIMS
from intaglio.studies.gans.definition import GanDefinition
from intaglio.studies.gans.published import SNGAN

DEFINITION = GanDefinition(
    name="gan-tickets-sngan",
    title="tickets of SNGAN: generator or both pruned, taught, random, other starts of the discriminator",
    source="Chen et al. 2021 (GANs Can Play Lottery Tickets Too)",
    networks=("sngan",),
    arms=("imp-g", "imp-gd", "imp-gd-kd", "random", "random-ticket", "other-discriminator", "trained-discriminator"),
    published=(SNGAN,),
    claims=CLAIMS,
)
