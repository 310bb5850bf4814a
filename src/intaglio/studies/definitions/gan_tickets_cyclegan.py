"""Whether CycleGAN has matching subnetworks, both directions pruned separately: Chen et al. 2021, on horse2zebra."""

from intaglio.studies.gans.claims import CLAIMS
from intaglio.studies.gans.definition import GanDefinition
from intaglio.studies.gans.published import CYCLEGAN

DEFINITION = GanDefinition(
    name="gan-tickets-cyclegan",
    title="tickets of CycleGAN, both directions",
    source="Chen et al. 2021 (GANs Can Play Lottery Tickets Too)",
    networks=("cyclegan",),
    arms=("imp-g", "imp-gd", "one-shot", "random"),
    published=CYCLEGAN,
    claims=CLAIMS,
)
