"""The networks of the golden numbers, remade from their seeds."""

import importlib.util
from pathlib import Path

import torch

from intaglio.models.style.network import StyleNetwork
from intaglio.storage.catalog import IMPORT_FORMATS


def adain(shared: Path, folder: Path) -> StyleNetwork:
    """AdaIN with full VGG-19 widths; `folder` takes 94 MB for a moment."""
    spec = importlib.util.spec_from_file_location("make_weights", shared / "golden" / "make_weights.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    for name in ("vgg_normalised.pth", "decoder.pth"):
        arrays = generator.checkpoint(shared / "golden" / "adain.json", name)
        torch.save({key: torch.from_numpy(array) for key, array in arrays.items()}, folder / name)
    network = IMPORT_FORMATS["pytorch-adain"](folder).network
    for path in folder.iterdir():
        path.unlink()
    assert isinstance(network, StyleNetwork)
    return network
