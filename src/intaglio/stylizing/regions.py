"""`Regions`: which style goes where, from the gray levels of a mask."""

import torch
from torch import Tensor

from intaglio.models.style.affine import Affine
from intaglio.stylizing.padding import PaddedPicture


class Regions:
    """A label for every pixel: black is the first style, white the last, even steps of gray between.

    Labels of a feature cell are those of the pixel at its center, so that every scale reads the same mask.

    Args:
        mask: the padded mask; its first band counts.
        count: number of styles.

    """

    def __init__(self, mask: PaddedPicture, count: int) -> None:
        self.mask, self.count = mask, count
        self._band: tuple[tuple[int, int, int], Tensor] | None = None

    def labels(self, scale: int, top: int, left: int, height: int, width: int) -> Tensor:
        """(height, width) int64 labels of cells of `scale` pixels."""
        key = (scale, top, height)
        if self._band is None or self._band[0] != key:
            self._band = key, self._read(scale, top, height)
        return self._band[1][:, left : left + width]

    def _read(self, scale: int, top: int, height: int) -> Tensor:
        rows = []
        for cell in range(top, top + height):
            pixel = cell * scale + scale // 2
            rows.append(self.mask.tensor(pixel, pixel + 1)[0, 0, 0, scale // 2 :: scale])
        levels: Tensor = torch.stack(rows) * (self.count - 1)
        labels: Tensor = levels.round().long()
        return labels

    @staticmethod
    def apply(features: Tensor, labels: Tensor, maps: list[Affine]) -> Tensor:
        """Each position of (1, C, H, W) through the map of its label."""
        present = torch.unique(labels).tolist()
        if len(present) == 1:
            single: Tensor = maps[present[0]](features)
            return single
        result = torch.empty_like(features)
        where = labels.to(features.device)
        for label in present:
            result = torch.where(where == label, maps[label](features), result)
        return result
