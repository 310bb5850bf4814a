"""`SampleGrid`: pictures of how far a run is, always of the same batch."""

from collections.abc import Callable
from pathlib import Path

import torch

from intaglio.images.grid import save_grid
from intaglio.training.objective import Moment, Pictures

_ROWS = 4


class SampleGrid:
    """A hook that writes `step-<n>.png`: a row per picture, a column per kind (inputs first).

    Args:
        folder: is made on first use.
        pictures: called once for the batch to show; its first four pictures are taken.
        every: steps between grids; the last step has one always.

    """

    def __init__(self, folder: Path, pictures: Callable[[], Pictures], *, every: int = 500) -> None:
        self.folder, self.pictures, self.every = folder, pictures, every
        self._batch: dict[str, torch.Tensor] | None = None

    def __call__(self, moment: Moment) -> None:
        """Write a grid if it is time."""
        if moment.step % self.every and moment.step != moment.steps:
            return
        if self._batch is None:
            self._batch = {name: tensor[:_ROWS] for name, tensor in self.pictures().items()}
        networks = moment.objective.trained
        networks.eval()
        with torch.no_grad():
            columns = moment.objective.show(self._batch)
        networks.train()
        self.folder.mkdir(parents=True, exist_ok=True)
        save_grid([column.float().cpu() for column in columns], self.folder / f"step-{moment.step:08d}.png")
