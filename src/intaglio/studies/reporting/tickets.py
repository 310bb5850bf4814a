"""Tickets that reports keep as files."""

from dataclasses import replace
from pathlib import Path

from intaglio.storage.artifact import save_pretrained
from intaglio.storage.pretrained import Pretrained
from intaglio.storage.ticket import Origin


def save_ticket(trained: Pretrained, begun: Pretrained, origin: Origin, at: int, folder: Path) -> None:
    """Save a network as trained, to be used, and beside it as `-start` with the weights that it began with, to be trained.

    Args:
        trained: a ticket; or a narrower network, which has no mask to say where it comes from.
        begun: with the weights it began with; pruned here.
        origin: of the ticket.
        at: the training step whose weights these are, 0 for the first ones.
        folder: of the trained network.

    """
    if trained.ticket is not None:
        trained.ticket.mask.apply_(dict(begun.network.named_parameters()))
        rewound = origin.model_copy(update={"rewound": at})
        begun = replace(begun, ticket=replace(trained.ticket, origin=rewound))
        trained = replace(trained, ticket=replace(trained.ticket, origin=origin))
    save_pretrained(trained, folder)
    save_pretrained(begun, folder.with_name(f"{folder.name}-start"))
