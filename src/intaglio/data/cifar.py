"""CIFAR-10 in its official layouts: the binary one, and that for Python, whose pickles are read without trust."""

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch

from intaglio.data.labelled import LabelledPictures
from intaglio.vocabulary.errors import InputError

_SIDE = 32
_PIXELS = 3 * _SIDE * _SIDE
# What arrays of numbers are made of when they are pickled; nothing else is let in.
_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,  # type: ignore[attr-defined]
    ("numpy._core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,  # type: ignore[attr-defined]
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _Numbers(pickle.Unpickler):
    """Reads lists, dictionaries, strings, numbers and arrays, and refuses all that could run."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("_codecs", "encode"):
            return lambda text, encoding: text.encode("latin1")
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _ALLOWED[module, name]


def read_cifar(folder: Path, *, learn: bool) -> LabelledPictures:
    """The pictures to learn from, or those to be tested on.

    Args:
        folder: with `data_batch_1.bin` and on and `test_batch.bin`; or with `data_batch_1` and on, `test_batch` and
            `batches.meta`. Some of the batches are enough.
        learn: which.

    Raises:
        InputError: files that are missing, damaged, or hold anything but numbers.

    """
    stem = "data_batch_*" if learn else "test_batch*"
    files = sorted(path for path in folder.glob(stem) if path.suffix in ("", ".bin"))
    if not files:
        raise InputError(f"{folder} has no {stem.rstrip('*')} of CIFAR-10; name a folder in its official layout")
    parts = [_binary(path) if path.suffix else _pickled(path) for path in files]
    pictures, labels = (np.concatenate(one) for one in zip(*parts, strict=True))
    return LabelledPictures(
        pictures=torch.from_numpy(pictures.reshape(-1, 3, _SIDE, _SIDE)),
        labels=torch.from_numpy(labels.astype(np.int64)),
        classes=_classes(folder),
        where=str(folder),
    )


def is_cifar(folder: Path) -> bool:
    """Whether a folder looks like CIFAR-10."""
    return any((folder / f"data_batch_1{suffix}").is_file() for suffix in ("", ".bin"))


def _binary(path: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """A byte for the class, and the pixels, for each picture."""
    values = np.frombuffer(path.read_bytes(), np.uint8)
    if not len(values) or len(values) % (_PIXELS + 1):
        raise InputError(f"{path} is damaged: it has {len(values):,} bytes, no multiple of {_PIXELS + 1:,}; fetch it again")
    records = values.reshape(-1, _PIXELS + 1)
    return records[:, 1:].copy(), records[:, 0].copy()


def _pickled(path: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    content = _unpickled(path)
    pictures, labels = content.get(b"data", content.get("data")), content.get(b"labels", content.get("labels"))
    if not isinstance(pictures, np.ndarray) or pictures.dtype != np.uint8 or pictures.shape[1:] != (_PIXELS,):
        raise InputError(f"{path} has no pictures of {_PIXELS:,} bytes each; fetch it again")
    return pictures, np.asarray(labels)


def _unpickled(path: Path) -> dict[Any, Any]:
    try:
        content = _Numbers(io.BytesIO(path.read_bytes()), encoding="bytes").load()
    except Exception as error:
        raise InputError(f"{path} cannot be read as numbers ({error}); nothing in it was run, fetch it again") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} holds no dictionary; fetch it again")
    return content


def _classes(folder: Path) -> tuple[str, ...]:
    text, meta = folder / "batches.meta.txt", folder / "batches.meta"
    if text.is_file():
        return tuple(text.read_text().split())
    if meta.is_file():
        content = _unpickled(meta)
        names = content.get(b"label_names", content.get("label_names", ()))
        return tuple(name.decode() if isinstance(name, bytes) else str(name) for name in names)
    return tuple(str(number) for number in range(10))
