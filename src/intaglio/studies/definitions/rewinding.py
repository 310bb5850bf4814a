"""Whether later weights to begin with make better tickets: Kong et al. 2022, Table 3."""

from intaglio.studies.tickets.definition import TicketDefinition
from intaglio.studies.tickets.published import Published

_DENSE = {"adain": 5.685, "sanet": 8.627}
_EXTREME = {"adain": 0.892, "sanet": 0.737}
_BEST = {
    "adain": {"imp": 5.134, "rewound-10": 5.114, "rewound-20": 5.097, "rewound-30": 5.052, "rewound-40": 5.083},
    "sanet": {"imp": 8.268, "rewound-10": 8.166, "rewound-20": 8.274, "rewound-30": 8.012, "rewound-40": 8.249},
}

DEFINITION = TicketDefinition(
    name="rewinding",
    title="back to the weights after 0 to 40 percent of the dense training",
    source="Kong et al. 2022, Table 3",
    networks=("adain", "sanet"),
    variants=lambda network: {network: {"arms": ("imp", "rewound-10", "rewound-20", "rewound-30", "rewound-40")}},
    published=tuple(
        Published(network=network, arm=arm, dense=_DENSE[network], best=error, extreme=_EXTREME[network], table="Table 3")
        for network, errors in _BEST.items()
        for arm, error in errors.items()
    ),
)
