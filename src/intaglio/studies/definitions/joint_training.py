"""Whether a network gets better when its encoder learns too: Kong et al. 2022, Table 1."""

from intaglio.studies.definition import Definition

DEFINITION = Definition(
    name="joint-training",
    title="training the encoder as well, against one that stays as it is",
    source="Kong et al. 2022, Table 1",
    networks=("adain", "sanet"),
    variants=lambda network: {network: {"arms": ("frozen",), "rounds": 1}},
)
