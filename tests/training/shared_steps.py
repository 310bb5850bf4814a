"""A training that several processes share: `torchrun --nproc-per-node 2 shared_steps.py FOLDER NAME`.

Each process leaves what it saw of every step, and its weights.
"""

import json
import os
import sys
import warnings
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from intaglio.data.batches import Batches
from intaglio.data.folder import PictureFolder
from intaglio.pruning.mask import Mask
from intaglio.pruning.masking import masked
from intaglio.storage.checkpoint import Checkpoints
from intaglio.training.loop import train
from intaglio.training.objective import Moment
from intaglio.training.spec import TrainingSpec
from training.runs import Loader

SPEC = TrainingSpec(steps=12, batch_size=4, learning_rate=1e-2, seed=5, clip=0.5)
MASK = Mask({"0.weight": torch.arange(216).reshape(8, 3, 3, 3) % 3 > 0})


class Exact(nn.Module):
    """Learns to give pictures back; draws nothing, so that parts of a batch add up to it."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(0)
            self.trained = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1))
        self.weights = {"smooth": 0.5}

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        picture = batch["picture"]
        made = self.trained(picture)
        return {"pixel": (made - picture).square().mean(), "smooth": made.diff(dim=3).abs().mean()}

    def show(self, batch: dict[str, Tensor]) -> list[Tensor]:
        return [batch["picture"]]


class Watched(Loader):
    """Remembers the files of the batches that it was asked for."""

    share = (0, 1)

    def __call__(self, start: int, share: tuple[int, int] = (0, 1)) -> Batches:
        self.share = share
        return super().__call__(start, share)

    def names(self, step: int) -> list[str]:
        with super().__call__(step, self.share) as batches:
            return [path.name for path in batches.names(step)["picture"]]


def shared_steps(folder: Path, name: str, rank: int = 0) -> None:
    """Train behind a mask, from the last checkpoint on."""
    objective, loader, seen = Exact(), Watched(PictureFolder.scan([folder / "pictures"]), SPEC), list[dict[str, object]]()

    def note(moment: Moment) -> None:
        gradients = [parameter.grad for parameter in objective.trained.parameters()]
        assert all(gradient is not None for gradient in gradients)
        flat = torch.cat([gradient.flatten() for gradient in gradients if gradient is not None])
        terms = {term: float(value) for term, value in moment.terms.items()}
        names = loader.names(moment.step - 1)
        seen.append({"step": moment.step, "names": names, "gradients": flat.tolist(), "terms": terms})

    checkpoints = Checkpoints(folder / name / "checkpoints", "run")
    with masked(dict(objective.trained.named_parameters()), MASK):
        train(objective, loader, SPEC, checkpoints=checkpoints, save_every=6, hooks=[note])
    (folder / name / f"seen-{rank}.json").write_text(json.dumps(seen))
    torch.save(objective.trained.state_dict(), folder / name / f"weights-{rank}.pt")


if __name__ == "__main__":
    # Torch notes that gradients come in another order of memory than it sends them in.
    warnings.filterwarnings("ignore", "Grad strides do not match bucket view strides")
    torch.set_num_threads(1)
    state = PartialState(cpu=True)
    shared_steps(Path(sys.argv[1]), sys.argv[2], int(os.environ["RANK"]))
    state.destroy_process_group()
