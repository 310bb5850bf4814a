"""Pictures in a folder for each class, `train/cat/1.jpg`, brought to one size and kept in memory."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from intaglio.data.arrays import is_arrays, read_arrays
from intaglio.data.cifar import is_cifar, read_cifar
from intaglio.data.folder import PictureFolder
from intaglio.data.labelled import LabelledPictures
from intaglio.data.picture_sets import TensorSet
from intaglio.images.whole import read_square
from intaglio.vocabulary.errors import InputError, PictureError

_LEARN, _TEST = ("train", "training"), ("val", "test", "valid", "validation")


def read_labelled(folder: Path, *, learn: bool, side: int) -> LabelledPictures:
    """The pictures to learn from, or those to be tested on, of CIFAR-10, of class folders or of a file of arrays.

    Args:
        folder: in the official layout of CIFAR-10; with `train` and `val` (or `test`) in it, and a folder for each class
            in both; or a file as of `read_arrays`.
        learn: which.
        side: of the pictures, pixels; they are brought to it, the middle of the longer side being kept, but for CIFAR-10.

    Raises:
        InputError: none of these, damaged, or a class without pictures.
        PictureError: a picture cannot be read.

    """
    if is_arrays(folder):
        found = read_arrays(folder, learn=learn)
        squares = TensorSet(found.pictures, found.where).batches(side, len(found))
        return replace(found, pictures=torch.cat(list(squares)))
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; check the name")
    if is_cifar(folder):
        found = read_cifar(folder, learn=learn)
        if found.pictures.shape[2] != side:
            raise InputError(f"{folder} has pictures of 32 x 32, and the network takes {side} x {side}; choose another one")
        return found
    names = _LEARN if learn else _TEST
    root = next((folder / name for name in names if (folder / name).is_dir()), None)
    if root is None:
        raise InputError(f"{folder} is no CIFAR-10 and has no folder {' or '.join(names)}; name one that is laid out so")
    return read_class_folders(root, side)


def read_class_folders(root: Path, side: int) -> LabelledPictures:
    """Every folder in `root` is a class; arguments and errors as of `read_labelled`."""
    classes = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not classes:
        raise InputError(f"{root} has no folder for a class; make one for each, with its pictures")
    pictures, labels = [], []
    for label, path in enumerate(classes):
        try:
            files = PictureFolder.scan(path).files
        except PictureError:
            raise InputError(f"{path} has no pictures; add some, or remove the class") from None
        for file in files:
            pictures.append(np.ascontiguousarray(read_square(file, side).transpose(2, 0, 1)))
            labels.append(label)
    return LabelledPictures(
        pictures=torch.from_numpy(np.stack(pictures)),
        labels=torch.tensor(labels),
        classes=tuple(path.name for path in classes),
        where=str(root),
    )
