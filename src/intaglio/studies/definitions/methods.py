"""Whether going back is worth it, against training on: Kong et al. 2022, Figure 10."""

from intaglio.studies.definition import Definition

DEFINITION = Definition(
    name="methods",
    title="tickets against magnitude pruning that is fine-tuned",
    source="Kong et al. 2022, Figure 10",
    networks=("adain",),
    variants=lambda network: {network: {"arms": ("imp", "fine-tuned")}},
)
