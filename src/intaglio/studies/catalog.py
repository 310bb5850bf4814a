"""The studies, by name; a new one is its file in `definitions` and its line here."""

from intaglio.studies.definition import Definition
from intaglio.studies.definitions import (
    compression,
    joint_training,
    methods,
    networks,
    rewinding,
    structured,
    tickets,
    transfer,
    transfer_learning,
)
from intaglio.vocabulary.catalog import Catalog

DEFINITIONS: Catalog[Definition] = Catalog(
    "study",
    [
        (definition.name, definition)
        for definition in (
            joint_training.DEFINITION,
            tickets.DEFINITION,
            rewinding.DEFINITION,
            transfer.DEFINITION,
            networks.DEFINITION,
            methods.DEFINITION,
            structured.DEFINITION,
            transfer_learning.DEFINITION,
            compression.DEFINITION,
        )
    ],
)
