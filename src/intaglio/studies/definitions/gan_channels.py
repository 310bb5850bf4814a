"""Whether narrower generators do as well with the first weights of the channels that matter: Chen et al. 2021."""

from intaglio.studies.gans.definition import GanDefinition

DEFINITION = GanDefinition(
    name="gan-channels",
    title="narrower generators: channels that slimming chose, or random ones, and masks of as many rounds",
    source="Chen et al. 2021 (GANs Can Play Lottery Tickets Too)",
    networks=("sngan",),
    arms=("channels", "random-channels", "imp-g"),
)
