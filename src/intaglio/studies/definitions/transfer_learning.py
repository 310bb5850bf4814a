"""Whether a network can be pruned while it learns other pictures: SPP, Wang et al. 2018, on Flowers-102."""

from intaglio.studies.structured.definition import PruningDefinition
from intaglio.studies.structured.published import LOSSES, TRANSFERRED

DEFINITION = PruningDefinition(
    name="transfer-learning",
    title="pruning a network that learns other pictures, after it has learned them or while it does",
    source="Wang et al. 2018 (SPP), transfer learning",
    networks=("alexnet",),
    methods=("spp", "increg", "l1"),
    speedups=(2.0, 4.0),
    moments=("after", "during"),
    transfers=True,
    published=(*(one for one in LOSSES if one.network == "AlexNet"), *TRANSFERRED),
)
