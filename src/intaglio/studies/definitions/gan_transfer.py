"""Whether tickets of a GAN that were found on some pictures serve for others: Chen et al. 2021, CIFAR-10 to STL-10."""

from intaglio.studies.gans.definition import GanDefinition

DEFINITION = GanDefinition(
    name="gan-transfer",
    title="tickets of a GAN on other pictures than those that they were found on",
    source="Chen et al. 2021 (GANs Can Play Lottery Tickets Too)",
    networks=("sngan",),
    arms=("transferred", "imp-g", "random"),
    transfers=True,
)
