"""Pictures to learn from whether or not they have classes, in memory."""

from pathlib import Path

import numpy as np
import torch

from intaglio.data.cifar import is_cifar
from intaglio.data.class_folders import read_labelled
from intaglio.data.folder import PictureFolder
from intaglio.data.labelled import LabelledPictures
from intaglio.images.whole import read_whole


def read_to_learn(folder: Path, side: int) -> LabelledPictures:
    """The pictures to learn from, of CIFAR-10 or class folders; or those of any other folder, which then are of one class.

    Args:
        folder: in the official layout of CIFAR-10; with a folder `train` and a folder for each class in it; or any other.
        side: of the pictures, pixels; they are brought to it, the middle of the longer side being kept, but for CIFAR-10.

    Raises:
        InputError: CIFAR-10 for another side, or a class without pictures.
        PictureError: no such folder, no pictures in it, or one that cannot be read.

    """
    if is_cifar(folder) or any((folder / name).is_dir() for name in ("train", "training")):
        return read_labelled(folder, learn=True, side=side)
    made = [_middle(path, side) for path in PictureFolder.scan(folder).files]
    return LabelledPictures(
        pictures=torch.from_numpy(np.stack(made)),
        labels=torch.zeros(len(made), dtype=torch.int64),
        classes=("pictures",),
        where=str(folder),
    )


def _middle(path: Path, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """(3, side, side)."""
    pixels = read_whole(path, shorter_side=side)
    top, left = ((length - side) // 2 for length in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top : top + side, left : left + side].transpose(2, 0, 1))
