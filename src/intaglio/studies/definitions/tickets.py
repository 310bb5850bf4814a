"""Whether there are matching subnetworks, and what makes them: Kong et al. 2022, Table 2 and Figures 3, 8."""

from intaglio.studies.definition import Definition

DEFINITION = Definition(
    name="tickets",
    title="tickets by iterative magnitude, against one cut, random masks and random tickets",
    source="Kong et al. 2022, Table 2 and Figures 3, 8",
    networks=("adain", "sanet"),
    variants=lambda network: {network: {"arms": ("imp", "one-shot", "random", "random-ticket")}},
)
