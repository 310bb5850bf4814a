"""Small objectives, pictures and runs for the tests of training."""

from pathlib import Path

import torch
from torch import Tensor, nn

from data.training_pictures import filled
from intaglio.data.batches import Batches
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.training.spec import TrainingSpec

CROP = Crop(size=8, resize="shorter", to=10, flip=True)


class Stop(Exception):
    """Ends a run from inside, as Ctrl-C does."""


class Mean(nn.Module):
    """Learns to give pictures back, with noise of its own, so that the generator matters."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(0)
            self.network = nn.Conv2d(3, 3, 3, padding=1)
        self.trained = nn.ModuleDict({"network": self.network})
        self.weights = {"noise": 0.5}
        self.poison_at: float | None = None

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        picture = batch["picture"]
        made = self.network(picture)
        terms = {"pixel": (made - picture).square().mean(), "noise": (made * torch.randn_like(made)).mean().square()}
        if self.poison_at is not None and float(picture.mean()) == self.poison_at:
            terms["pixel"] = terms["pixel"] / 0
        return terms

    def show(self, batch: dict[str, Tensor]) -> list[Tensor]:
        return [batch["picture"], self.network(batch["picture"])]


def folder_of_pictures(tmp_path: Path, count: int = 12) -> PictureFolder:
    return PictureFolder.scan([filled(tmp_path / "pictures", count)])


class Loader:
    """Makes batches of a folder."""

    def __init__(self, folder: PictureFolder, spec: TrainingSpec) -> None:
        self.folder, self.spec = folder, spec

    def __call__(self, start: int, share: tuple[int, int] = (0, 1)) -> Batches:
        streams = {"picture": (self.folder, CROP)}
        return Batches(streams, self.spec.batch_size, self.spec.seed, start=start, workers=1, share=share)
