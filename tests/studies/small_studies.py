"""Studies of networks of a few channels on a few pictures: seconds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.training_pictures import filled
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.storage.artifact import save_pretrained
from intaglio.studies.catalog import DEFINITIONS
from intaglio.studies.history import MADE
from intaglio.studies.runner import run_steps
from intaglio.studies.sources import Sources
from intaglio.studies.tickets.definition import TicketDefinition
from intaglio.studies.tickets.lottery import LotterySpec, steps
from intaglio.studies.workspace import Workspace
from intaglio.training.catalog import NETWORK_METHODS
from intaglio.training.spec import TrainingSpec
from training.networks import adain_like, encoder_for

TICKETS = {name: one for name, one in DEFINITIONS.items() if isinstance(one, TicketDefinition)}
CROP = Crop(size=32, resize="shorter", to=40)


def sources(folder: Path, network: str) -> tuple[Sources, dict[str, Any]]:
    """An encoder, a network to start from, pictures to learn from and to be judged on, and the fields that name them."""
    shaped = network if network in NETWORK_METHODS else "mccnet"
    encoder, start = encoder_for(shaped), adain_like(shaped)
    for name, one in (("encoder", encoder), ("start", start)):
        save_pretrained(one, folder / name)
    networks = {encoder.digest(): str(folder / "encoder"), start.digest(): str(folder / "start")}
    pictures = {name: filled(folder / name, count) for name, count in (("train", 5), ("test", 3))}
    digests = {name: PictureFolder.scan([path]).digest() for name, path in pictures.items()}
    named: dict[str, Any] = {
        "encoder": encoder.digest(),
        "start": start.digest(),
        "loss_network": encoder.digest(),
        "data": dict.fromkeys(("content", "style"), digests["train"]),
        "test": dict.fromkeys(("content", "style"), digests["test"]),
    }
    return Sources(networks, {digests[name]: (str(path),) for name, path in pictures.items()}), named


def study(named: Mapping[str, Any], network: str = "adain", **changes: Any) -> LotterySpec:
    given: dict[str, Any] = {
        "network": network,
        "arms": ("imp",),
        "crop": CROP,
        "training": TrainingSpec(steps=3, batch_size=2, learning_rate=1e-3),
        "seeds": (0,),
        "rounds": 2,
        "batches": 2,
        "floor": 0.01,
    }
    return LotterySpec(**{**given, **named, **changes})


def run(folder: Path, spec: LotterySpec, given: Sources, **options: Any) -> Workspace:
    workspace = Workspace(folder)
    with workspace.locked():
        workspace.describe(spec)
        run_steps(steps(spec), workspace, given, **options)
    return workspace


def contents(workspace: Workspace) -> dict[str, bytes]:
    """All that a study made, without the logs and notes, which tell of time."""
    found = sorted(path for path in workspace.folder.rglob("*") if path.is_file())
    found = [path for path in found if path.suffix != ".jsonl" and path.name != MADE]
    return {str(path.relative_to(workspace.folder)): path.read_bytes() for path in found}
