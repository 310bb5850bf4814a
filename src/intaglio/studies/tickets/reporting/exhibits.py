"""What a report shows beside numbers: tickets kept as files, pictures drawn with them, and how fast they run."""

from functools import partial
from pathlib import Path

import torch

from intaglio.images.whole import read_whole
from intaglio.metrics.latency import medians_in_turns
from intaglio.runtime.hardware import describe_hardware
from intaglio.samples import CONTENT, PAINTING
from intaglio.storage.artifact import from_pretrained
from intaglio.storage.manifest import weights_path
from intaglio.storage.ticket import Origin
from intaglio.studies.action import network_of
from intaglio.studies.reporting.tickets import save_ticket
from intaglio.studies.tickets.lottery import trials
from intaglio.studies.tickets.reporting.facts import Account, Pace, Winner
from intaglio.studies.workspace import Workspace
from intaglio.stylizing.stylize import stylize

_TURNS = 7


def kept(account: Account, folder: Path, name: str, workspace: Workspace, study: str) -> Account:
    """Save the first arm's tickets below a folder: as trained, to be used, and with the weights they began with, to be trained.

    Args:
        account: what is told.
        folder: of the report.
        name: that folders of tickets begin with.
        workspace: of the study.
        study: digest of its description, which the tickets name.

    Returns:
        The account with the size of every winner's file, and the folders of tickets.

    """
    winners = []
    for winner in account.winners:
        path = network_of(workspace, winner.step)
        place = ""
        if winner.arm == account.lottery.arms[0] and winner.round:
            place = f"tickets/{name}-{winner.sparsity * 100:.0f}"
            _save_ticket(account, winner, folder / place, workspace, study)
        winners.append(winner.model_copy(update={"bytes": weights_path(path).stat().st_size, "folder": place}))
    return account.model_copy(update={"winners": tuple(winners)})


def _save_ticket(account: Account, winner: Winner, folder: Path, workspace: Workspace, study: str) -> None:
    train = next(one.train for one in trials(account.lottery) if one.train.digest() == winner.step)
    trained, begun = (
        from_pretrained(network_of(workspace, *place)) for place in ((winner.step, None), (train.begin, train.at))
    )
    origin = Origin(method=winner.arm, study=study, step=winner.step, round=winner.round)
    save_ticket(trained, begun, origin, train.at or 0, folder)


def measured(account: Account, workspace: Workspace) -> Pace | None:
    """How long the dense network and its sparsest ticket take for a picture, in turns; None if there is no ticket."""
    tickets = [winner for winner in account.winners if winner.folder]
    if not tickets:
        return None
    sparsest = max(tickets, key=lambda winner: winner.sparsity)
    content, style = read_whole(CONTENT), read_whole(PAINTING)
    networks = [from_pretrained(network_of(workspace, winner.step)) for winner in (account.winners[0], sparsest)]
    dense, ticket = medians_in_turns(
        [partial(stylize, content, style, model=network, device="cpu") for network in networks], _TURNS
    )
    return Pace(
        dense=dense,
        ticket=ticket,
        sparsity=sparsest.sparsity,
        picture=f"{content.shape[1]} x {content.shape[0]} pixels",
        turns=_TURNS,
        hardware=describe_hardware(torch.device("cpu")),
    )
