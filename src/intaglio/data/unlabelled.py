"""Pictures to learn from whether or not they have classes, in memory."""

from pathlib import Path

import numpy as np
import torch

from intaglio.data.arrays import is_arrays
from intaglio.data.cifar import is_cifar
from intaglio.data.class_folders import read_labelled
from intaglio.data.folder import PictureFolder
from intaglio.data.labelled import LabelledPictures
from intaglio.images.whole import read_square


def read_to_learn(folder: Path, side: int) -> LabelledPictures:
    """The pictures to learn from, of what `read_labelled` takes; or those of any other folder, which then are of one class.

    Args:
        folder: as of `read_labelled`, where pictures to be tested on are not needed; or any other.
        side: of the pictures, pixels; they are brought to it, the middle of the longer side being kept, but for CIFAR-10.

    Raises:
        InputError: CIFAR-10 for another side, a file that is damaged, or a class without pictures.
        PictureError: no such folder, no pictures in it, or one that cannot be read.

    """
    if is_arrays(folder) or is_cifar(folder) or any((folder / name).is_dir() for name in ("train", "training")):
        return read_labelled(folder, learn=True, side=side)
    made = np.stack([read_square(path, side) for path in PictureFolder.scan(folder).files])
    return LabelledPictures(
        pictures=torch.from_numpy(made).permute(0, 3, 1, 2).contiguous(),
        labels=torch.zeros(len(made), dtype=torch.int64),
        classes=("pictures",),
        where=str(folder),
    )
