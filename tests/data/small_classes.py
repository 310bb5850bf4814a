"""Sets of labelled pictures in a few files."""

import pickle
from pathlib import Path

import numpy as np
import torch

from data.training_pictures import filled
from intaglio.data.labelled import LabelledPictures


def labelled(count: int = 12, classes: int = 3, side: int = 8) -> LabelledPictures:
    """Pictures of noise, a class after the other."""
    generator = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8, generator=generator)
    names = tuple(f"class {number}" for number in range(classes))
    return LabelledPictures(pictures=pictures, labels=torch.arange(count) % classes, classes=names, where="noise")


def cifar(folder: Path, *, binary: bool, count: int = 20) -> Path:
    """The official layout, of two batches to learn from and one to be tested on."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(0)
    for number, name in enumerate(("data_batch_1", "data_batch_2", "test_batch")):
        pictures = noise.integers(0, 256, (count, 3072), dtype=np.uint8)
        labels = [(number + place) % 10 for place in range(count)]
        if binary:
            records = np.concatenate([np.array(labels, np.uint8)[:, None], pictures], axis=1)
            (folder / f"{name}.bin").write_bytes(records.tobytes())
        else:
            (folder / name).write_bytes(pickle.dumps({b"data": pictures, b"labels": labels}))
    names = [f"thing{number}" for number in range(10)]
    if binary:
        (folder / "batches.meta.txt").write_text("\n".join(names) + "\n")
    else:
        (folder / "batches.meta").write_bytes(pickle.dumps({b"label_names": [name.encode() for name in names]}))
    return folder


def class_folders(folder: Path, classes: tuple[str, ...] = ("bird", "cat")) -> Path:
    """`train` and `val`, with a folder for each class in both."""
    for part, count in (("train", 4), ("val", 2)):
        for name in classes:
            filled(folder / part / name, count)
    return folder
