"""The networks of the golden numbers, remade from their seeds."""

import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import Cascade, StyleNetwork
from intaglio.models.style.vgg_codec import Encoder
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.storage.pretrained import Pretrained

TOLERANCE = 1e-4


def remake(shared: Path, folder: Path, golden: str, *, only: str | None = None, zipped: bool = True) -> None:
    """Write the checkpoint files of `golden` ("sanet"), or one of them, into `folder`, under the names of the reference."""
    spec = importlib.util.spec_from_file_location("make_weights", shared / "golden" / "make_weights.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    facts = shared / "golden" / f"{golden}.json"
    for name in json.loads(facts.read_text())["checkpoints"] if only is None else [only]:
        arrays = generator.checkpoint(facts, name)
        state = {key: torch.from_numpy(array) for key, array in arrays.items()}
        torch.save(state, folder / name, _use_new_zipfile_serialization=zipped)


@contextmanager
def remade(shared: Path, folder: Path, golden: str, form: str, *, zipped: bool = True) -> Iterator[Pretrained]:
    """What importing the checkpoint files gives; `folder` takes about 100 MB for a moment."""
    remake(shared, folder, golden, zipped=zipped)
    pretrained = IMPORT_FORMATS[form](folder)
    for path in folder.iterdir():
        path.unlink()
    with torch.inference_mode(False):
        yield pretrained


def imported(shared: Path, folder: Path, golden: str, file: str, form: str) -> Pretrained:
    """What importing one file of `golden` gives; `folder` takes it for a moment."""
    remake(shared, folder, golden, only=file)
    pretrained = IMPORT_FORMATS[form](folder / file)
    (folder / file).unlink()
    return pretrained


def judge(shared: Path, folder: Path) -> LossNetwork:
    """The loss network of the references, the normalized VGG-19 to relu5_1; the same in all golden sets."""
    file = folder / "vgg_normalised.pth"
    remake(shared, folder, "adain", only=file.name)
    encoder = IMPORT_FORMATS["vgg-normalised"](file).network
    file.unlink()
    assert isinstance(encoder, Encoder)
    return LossNetwork(encoder)


def numbers(shared: Path, golden: str) -> dict[str, np.ndarray]:
    """All arrays of `golden`."""
    with np.load(shared / "golden" / f"{golden}.npz") as arrays:
        return dict(arrays)


def picture(array: np.ndarray) -> Tensor:
    """uint8 (H, W, 3) or (N, H, W, 3) -> (N, 3, H, W) in [0, 1]."""
    batch = torch.from_numpy(array if array.ndim == 4 else array[None])
    return batch.permute(0, 3, 1, 2) / 255


def thinned(found: Tensor, expected: np.ndarray) -> Tensor:
    """Every so many channels of `found` as are stored."""
    return found[:, :: found.shape[1] // expected.shape[1]]


def deviation(found: Tensor, expected: np.ndarray) -> float:
    """Largest difference, as a share of the largest value."""
    assert tuple(found.shape) == expected.shape, (tuple(found.shape), expected.shape)
    return float(np.abs(found.detach().numpy() - expected).max() / np.abs(expected).max())


def adain(shared: Path, folder: Path) -> Cascade:
    """AdaIN with full VGG-19 widths."""
    with remade(shared, folder, "adain", "pytorch-adain") as pretrained:
        assert isinstance(pretrained.network, Cascade)
        return pretrained.network


def style_network(pretrained: Pretrained) -> StyleNetwork:
    """Of an import."""
    assert isinstance(pretrained.network, StyleNetwork)
    return pretrained.network
