"""Where the networks of a game lie."""

from dataclasses import replace
from pathlib import Path

from intaglio.storage.artifact import from_pretrained
from intaglio.storage.pretrained import Pretrained
from intaglio.studies.gans.steps import Taken
from intaglio.studies.workspace import Workspace
from intaglio.training.gan.beginning import GENERATOR
from intaglio.training.gan.train import LAST


def part_of(workspace: Workspace, game: str, part: str, at: int | None = None) -> Path:
    """Where a game keeps a network, in the end or after a training step; of averaged generators the average."""
    folder = workspace.step(game)
    return (folder / "networks" if at is None else folder / "snapshots" / str(at)) / part


def taken(workspace: Workspace, what: Taken) -> Pretrained:
    """Weights as the optimizer left them, dense, those that are masked zero."""
    last = part_of(workspace, what.game, LAST, what.at)
    path = last if what.part == GENERATOR and last.is_dir() else part_of(workspace, what.game, what.part, what.at)
    return replace(from_pretrained(path), ticket=None)
