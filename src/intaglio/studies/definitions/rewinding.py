"""Whether later weights to begin with make better tickets: Kong et al. 2022, Table 3."""

from intaglio.studies.definition import Definition

DEFINITION = Definition(
    name="rewinding",
    title="back to the weights after 0 to 40 percent of the dense training",
    source="Kong et al. 2022, Table 3",
    networks=("adain", "sanet"),
    variants=lambda network: {network: {"arms": ("imp", "rewound-10", "rewound-20", "rewound-30", "rewound-40")}},
)
