import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor

from intaglio.models.style.network import Cascade, Stage
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.vocabulary.errors import WeightsError

VGG = (0, 2, 5, 9, 12, 16, 19, 22, 25, 29, 32, 35, 38, 42, 45, 48, 51)
DECODER = (1, 5, 8, 11, 14, 18, 21, 25, 28)
FORMAT = IMPORT_FORMATS["pytorch-adain"]
TOLERANCE = 1e-4


def load_generator(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_weights", shared / "golden" / "make_weights.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=[True, False], ids=["zip", "legacy"])
def imported(shared: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The stage of the full-size network, from checkpoints remade from their seeds."""
    folder, generator = tmp_path_factory.mktemp("adain"), load_generator(shared)
    for name in ("vgg_normalised.pth", "decoder.pth"):
        arrays = generator.checkpoint(shared / "golden" / "adain.json", name)
        state = {key: torch.from_numpy(array) for key, array in arrays.items()}
        torch.save(state, folder / name, _use_new_zipfile_serialization=request.param)
    network = FORMAT(folder).network
    for path in folder.iterdir():  # 94 MB
        path.unlink()
    assert isinstance(network, Cascade)
    with torch.inference_mode():
        yield network.cascade()[0]


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, np.ndarray]:
    with np.load(shared / "golden" / "adain.npz") as arrays:
        return {
            key: arrays[key] for key in arrays.files if key.startswith(("feat.", "transform", "output", "content", "style"))
        }


def picture(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).permute(2, 0, 1)[None] / 255


def deviation(found: Tensor, expected: np.ndarray) -> float:
    assert tuple(found.shape) == expected.shape
    return float(np.abs(found.numpy() - expected).max() / np.abs(expected).max())


def test_the_full_network_agrees_with_the_reference(imported: Stage, golden: dict[str, np.ndarray]) -> None:
    pictures = {"content": picture(golden["content_u8"]), "style": picture(golden["style_u8"])}
    moments = {}
    for role, image in pictures.items():
        taps = imported.encoder.taps(image, ("relu1_1", "relu2_1", "relu3_1", "relu4_1"))
        for layer, step in (("relu1_1", 8), ("relu2_1", 8), ("relu3_1", 4), ("relu4_1", 1)):
            assert deviation(taps[layer][:, ::step], golden[f"feat.{role}.{layer}"]) < TOLERANCE
        moments[role] = imported.moments()
        moments[role].add(taps["relu4_1"])
    features = imported.encoder(pictures["content"])
    full = imported.solve(moments["content"], [moments["style"]], [1.0], 1.0)(features)
    assert deviation(full, golden["transform"]) < TOLERANCE
    assert deviation(imported.decoder(full), golden["output"]) < TOLERANCE
    partly = imported.solve(moments["content"], [moments["style"]], [1.0], 0.6)(features)
    assert deviation(imported.decoder(partly), golden["output.alpha0.6"]) < TOLERANCE


def write_narrow(folder: Path, *, decoder_width: int = 2) -> None:
    widths = (3, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4)
    inputs = (3, 3, *widths[1:-1])
    sizes = (1, *[3] * 16)
    vgg: dict[str, Tensor] = {}
    for index, before, width, size in zip(VGG, inputs, widths, sizes, strict=True):
        vgg |= {f"{index}.weight": torch.randn(width, before, size, size), f"{index}.bias": torch.randn(width)}
    torch.save(vgg, folder / "vgg_normalised.pth")
    outputs = (3, 3, 3, 3, 2, 2, decoder_width, 2, 3)
    decoder: dict[str, Tensor] = {}
    for index, before, width in zip(DECODER, (4, *outputs[:-1]), outputs, strict=True):
        decoder |= {f"{index}.weight": torch.randn(width, before, 3, 3), f"{index}.bias": torch.randn(width)}
    torch.save(decoder, folder / "decoder.pth")


def test_a_narrow_network_is_read_by_its_tensors(tmp_path: Path) -> None:
    write_narrow(tmp_path)
    codec = FORMAT(tmp_path).config.model_dump()["codec"]
    assert codec["widths"] == (2, 2, 2, 2, 3, 3, 3, 3, 4)
    assert (codec["pooling"], codec["decoder_relu"]) == ("ceil", False)


def test_a_decoder_that_does_not_mirror_the_encoder_is_refused(tmp_path: Path) -> None:
    write_narrow(tmp_path, decoder_width=5)
    with pytest.raises(WeightsError, match="do not belong together"):
        FORMAT(tmp_path)


def test_a_missing_decoder_is_named(tmp_path: Path) -> None:
    write_narrow(tmp_path)
    (tmp_path / "decoder.pth").unlink()
    with pytest.raises(WeightsError, match=r"there is no file .*decoder\.pth"):
        FORMAT(tmp_path)


def test_the_normalized_vgg_alone_becomes_an_encoder_up_to_relu5_1(tmp_path: Path) -> None:
    write_narrow(tmp_path)
    imported = IMPORT_FORMATS["vgg-normalised"](tmp_path / "vgg_normalised.pth")
    state = torch.load(tmp_path / "vgg_normalised.pth", weights_only=True)
    assert imported.card.name == "vgg-encoder"
    assert imported.config.model_dump()["widths"] == (2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4)
    assert torch.equal(imported.network.state_dict()["layers.conv5_1.weight"], state["42.weight"])
    assert any("after relu5_1" in note for note in imported.source.notes)


@pytest.mark.parametrize("key", ["51.weight", "0.bias", "12.bias"])
def test_a_vgg_with_a_wrong_layer_is_refused_even_where_it_is_not_kept(tmp_path: Path, key: str) -> None:
    write_narrow(tmp_path)
    path = tmp_path / "vgg_normalised.pth"
    state = torch.load(path, weights_only=True)
    for spoiled in (state | {key: torch.zeros(7, 7)}, {name: tensor for name, tensor in state.items() if name != key}):
        torch.save(spoiled, path)
        with pytest.raises(WeightsError):
            IMPORT_FORMATS["vgg-normalised"](path)
