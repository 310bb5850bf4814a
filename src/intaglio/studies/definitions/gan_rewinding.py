"""What tickets of a GAN begin with, and how their masks are made: Chen et al. 2021, late rewinding and baselines."""

from intaglio.studies.gans.definition import GanDefinition

DEFINITION = GanDefinition(
    name="gan-rewinding",
    title="tickets of SNGAN rewound to early weights, not rewound, from one cut, or drawn by layers",
    source="Chen et al. 2021 (GANs Can Play Lottery Tickets Too)",
    networks=("sngan",),
    arms=("imp-g", "rewound-5", "rewound-10", "rewound-20", "fine-tuned", "one-shot", "erk"),
)
