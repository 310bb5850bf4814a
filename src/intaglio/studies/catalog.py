"""The studies, by name; a new one is its file in `definitions` and its line here."""

from intaglio.studies.definition import Definition
from intaglio.studies.definitions import (
    compression,
    gan_channels,
    gan_rewinding,
    gan_tickets_cyclegan,
    gan_tickets_range,
    gan_tickets_sngan,
    gan_transfer,
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
            gan_tickets_sngan.DEFINITION,
            gan_rewinding.DEFINITION,
            gan_channels.DEFINITION,
            gan_tickets_cyclegan.DEFINITION,
            gan_tickets_range.DEFINITION,
            gan_transfer.DEFINITION,
        )
    ],
)
