import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from intaglio.models.style.network import Cascade
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.storage.import_format import ImportOptions
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import InputError, OptionError, WeightsError

FORMAT = IMPORT_FORMATS["collaborative-distillation-16x"]
WIDTHS = {1: (6,), 2: (2, 3, 4), 3: (2, 2, 3, 3, 4), 4: (2, 2, 3, 3, 4, 4, 4, 4, 5), 5: (2, 2, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6)}
LAYERS = ("11", "12", "21", "22", "31", "32", "33", "34", "41", "42", "43", "44", "51")


def convolution(inputs: int, outputs: int, side: int = 3) -> tuple[Tensor, Tensor]:
    return torch.randn(outputs, inputs, side, side), torch.randn(outputs)


def write_stage(folder: Path, stage: int, widths: tuple[int, ...]) -> None:
    encoder, decoder = {"conv0": convolution(3, 3, 1)}, {}
    for position, layer in enumerate(LAYERS[: len(widths)]):
        before = widths[position - 1] if position else 3
        encoder[f"conv{layer}"] = convolution(before, widths[position])
        decoder[f"conv{layer}"] = convolution(widths[position], before)
    encoder[f"conv{stage}1_aux"] = convolution(widths[-1], 2 * widths[-1], 1)
    for name, layers in (("SE", encoder), ("SD", decoder)):
        state = {f"{layer}.{part}": pair[part == "bias"] for layer, pair in layers.items() for part in ("weight", "bias")}
        torch.save({"epoch": 20, "model": state}, folder / f"{stage}{name}.pth", _use_new_zipfile_serialization=False)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    for stage, widths in WIDTHS.items():
        write_stage(tmp_path, stage, widths)
    return tmp_path


@pytest.fixture(scope="module")
def published(shared: Path) -> Pretrained:
    return FORMAT(shared / "published" / "collaborative-distillation-16x")


@pytest.mark.parametrize("name", ["wct16x_a", "wct16x_b"])
def test_the_published_networks_draw_what_the_reference_code_draws(published: Pretrained, shared: Path, name: str) -> None:
    golden = shared / "golden"
    with np.load(golden / f"{name}.npz") as arrays:
        expected, strength = torch.from_numpy(arrays["image"]).float(), float(arrays["alpha"])
    content, style = (read_picture(golden / f"{name}.{role}.png") for role in ("content", "style"))
    assert isinstance(published.network, Cascade)
    with torch.inference_mode():
        found = published.network(content, style, strength)[0]
    assert found.shape == expected.shape
    assert float((found - expected).abs().max()) <= 2e-3


def read_picture(path: Path) -> Tensor:
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)[None] / 255


def test_the_published_networks_have_the_documented_parts(published: Pretrained) -> None:
    assert sum(parameter.numel() for parameter in published.network.parameters()) == 1_344_124 + 1_072_791
    stages = published.config.model_dump()["stages"]
    assert [stage["cut"] for stage in stages] == ["relu5_1", "relu4_1", "relu3_1", "relu2_1", "relu1_1"]
    assert stages[-1]["widths"] == (24,)
    assert published.source.license == "MIT"
    assert len(published.source.files) == 10


def test_widths_and_embeddings_are_read_from_the_tensors(checkpoints: Path) -> None:
    stages = FORMAT(checkpoints).config.model_dump()["stages"]
    assert [stage["widths"] for stage in stages] == [WIDTHS[stage] for stage in (5, 4, 3, 2, 1)]
    assert [stage["embedded"] for stage in stages] == [
        ((f"relu{stage}_1", 2 * WIDTHS[stage][-1]),) for stage in (5, 4, 3, 2, 1)
    ]
    assert all(stage["pooling"] == "floor" and stage["decoder_relu"] for stage in stages)


def test_a_missing_stage_is_named(checkpoints: Path) -> None:
    (checkpoints / "3SD.pth").unlink()
    with pytest.raises(WeightsError, match=r"has no 3SD\.pth"):
        FORMAT(checkpoints)


def test_a_symlink_that_became_text_is_explained(checkpoints: Path) -> None:
    (checkpoints / "2SE.pth").write_text("20191109-211322_E20.pth")
    with pytest.raises(WeightsError, match="git symlink"):
        FORMAT(checkpoints)


def test_exchanged_files_are_refused(checkpoints: Path) -> None:
    shutil.copy(checkpoints / "3SE.pth", checkpoints / "4SE.pth")
    with pytest.raises(WeightsError, match=r"4SE\.pth has no tensor 'conv32\.weight'"):
        FORMAT(checkpoints)
    shutil.copy(checkpoints / "5SE.pth", checkpoints / "4SE.pth")
    with pytest.raises(WeightsError, match=r"4SE\.pth has unexpected tensors"):
        FORMAT(checkpoints)


def test_a_decoder_of_other_widths_is_refused(checkpoints: Path) -> None:
    kept = (checkpoints / "2SE.pth").read_bytes()
    write_stage(checkpoints, 2, (5, 6, 7))
    (checkpoints / "2SE.pth").write_bytes(kept)
    with pytest.raises(WeightsError, match=r"stages\.3\.decoder\.conv2_1\.weight of shape"):
        FORMAT(checkpoints)


def test_a_file_where_a_folder_is_expected_is_refused(checkpoints: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        FORMAT(checkpoints / "1SE.pth")
    with pytest.raises(InputError, match="there is no folder"):
        FORMAT(checkpoints / "nowhere")


def test_an_option_without_use_is_refused(checkpoints: Path) -> None:
    with pytest.raises(OptionError, match="no use for normalizing"):
        FORMAT(checkpoints, ImportOptions(normalize_on=checkpoints))
