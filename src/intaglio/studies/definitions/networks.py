"""Whether all networks have tickets: Kong et al. 2022, Table 4."""

from intaglio.studies.definition import Definition

DEFINITION = Definition(
    name="networks",
    title="the six networks",
    source="Kong et al. 2022, Table 4",
    networks=("adain", "sanet", "lst", "manet", "adaattn", "mccnet"),
    variants=lambda network: {network: {"arms": ("imp",)}},
)
