"""Pictures in a file of arrays, `.npz` of NumPy, as small collections are passed on: nothing in it can run."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from intaglio.data.labelled import LabelledPictures
from intaglio.vocabulary.errors import InputError

# Names of pictures and of their labels, as MedMNIST and Keras write them; `images` alone are to learn from.
_NAMES = {
    True: (("train_images", "train_labels"), ("x_train", "y_train"), ("images", "labels")),
    False: (("test_images", "test_labels"), ("x_test", "y_test")),
}


def is_arrays(path: Path) -> bool:
    """Whether a path is such a file, by its name."""
    return path.suffix.lower() == ".npz"


def read_arrays(path: Path, *, learn: bool) -> LabelledPictures:
    """The pictures to learn from, or those to be tested on; all of one class where there are no labels.

    Args:
        path: with arrays of bytes (N, H, W, 3), or (N, H, W) of gray pictures, and labels (N,) or (N, 1) from 0: `images` and
            `labels`; or apart for both uses `train_images`, `train_labels`, `test_images` and `test_labels`, or `x_train`,
            `y_train`, `x_test` and `y_test`.
        learn: which.

    Raises:
        InputError: no such file, damaged, without these arrays, or of another form.

    """
    arrays = _arrays(path)
    pictures, labels = next((pair for pair in _NAMES[learn] if pair[0] in arrays), (None, None))
    if pictures is None or labels is None:
        names = ", ".join(f"`{name}`" for name, _ in _NAMES[learn])
        raise InputError(f"{path} has the arrays {', '.join(arrays) or 'none'}; name the pictures one of {names}")
    levels = _levels(arrays[pictures], f"{path}: {pictures}")
    shown = arrays.get(labels)
    if shown is not None and (shown.dtype.kind not in "iu" or shown.size != len(levels)):
        raise InputError(f"{path}: {labels} are {_told(shown)}, not a whole number for each of {len(levels):,} pictures")
    classes: tuple[str, ...] = ("pictures",)
    numbers = np.zeros(len(levels), np.int64)
    if shown is not None:
        classes, numbers = _classes(arrays), shown.astype(np.int64).ravel()
    return LabelledPictures(
        pictures=torch.from_numpy(levels), labels=torch.from_numpy(numbers), classes=classes, where=str(path)
    )


def _classes(arrays: dict[str, np.ndarray[Any, Any]]) -> tuple[str, ...]:
    """Up to the highest label of either use, so that both know the same."""
    labels = [arrays[name] for pairs in _NAMES.values() for _, name in pairs if name in arrays]
    highest = max(int(one.max(initial=0)) for one in labels if one.dtype.kind in "iu")
    return tuple(str(number) for number in range(highest + 1))


def _arrays(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    known = {name for pairs in _NAMES.values() for pair in pairs for name in pair}
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise ValueError("it is no zip")
            file.seek(0)
            with np.load(file, allow_pickle=False) as content:
                return {name: content[name] for name in content.files if name in known}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the name") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path} cannot be read as arrays of numbers ({error}); fetch it again") from None


def _levels(pictures: np.ndarray[Any, Any], where: str) -> np.ndarray[Any, Any]:
    """(N, 3, H, W)."""
    gray = pictures[..., None] if pictures.ndim == 3 else pictures
    if gray.dtype != np.uint8 or gray.ndim != 4 or gray.shape[3] not in (1, 3):
        raise InputError(f"{where} are {_told(pictures)}, not bytes (N, H, W, 3)")
    return np.broadcast_to(gray, (*gray.shape[:3], 3)).transpose(0, 3, 1, 2).copy()


def _told(array: np.ndarray[Any, Any]) -> str:
    return f"{array.dtype} {array.shape}"
