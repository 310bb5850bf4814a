from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from intaglio.models.style.vgg_codec import CONVOLUTIONS, Encoder
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.storage.formats.normalization import find_photos, mean_activations, rescaled
from intaglio.storage.import_format import ImportOptions
from intaglio.vocabulary.errors import InputError, WeightsError

FORMAT = IMPORT_FORMATS["torchvision-vgg19"]
FEATURES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)
WIDTHS = (4, 4, 6, 6, *[8] * 12)
LAYERS = tuple(name.replace("conv", "relu") for name in CONVOLUTIONS[:13])


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A narrow VGG-19 under torchvision's names; the first channel of conv1_2 never fires."""
    torch.manual_seed(2)
    state = {"classifier.0.weight": torch.zeros(2, 2)}
    for index, before, width in zip(FEATURES, (3, *WIDTHS[:-1]), WIDTHS, strict=True):
        state[f"features.{index}.weight"] = torch.randn(width, before, 3, 3) * (2 / (9 * before)) ** 0.5
        state[f"features.{index}.bias"] = torch.rand(width)
    state["features.2.weight"][0], state["features.2.bias"][0] = 0.0, -1.0
    path = tmp_path / "vgg19.pth"
    torch.save(state, path)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for name, shape in (("a.png", (40, 60, 3)), ("b.jpg", (300, 280, 3)), ("gray.png", (50, 50)), ("clear.png", (64, 48, 4))):
        pixels = generator.integers(0, 256, shape, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    return folder


def encoder_of(checkpoint: Path, photos: Path | None = None) -> Encoder:
    network = FORMAT(checkpoint, ImportOptions(normalize_on=photos)).network
    assert isinstance(network, Encoder)
    return network


def features_of(encoder: Encoder, picture: Tensor) -> dict[str, Tensor]:
    with torch.inference_mode():
        return encoder.taps(picture, LAYERS)


def test_mean_activations_become_one(checkpoint: Path, photos: Path) -> None:
    means = mean_activations(encoder_of(checkpoint, photos), find_photos(photos)).channels
    silent = means["conv1_2"][0]
    assert silent == 0
    for name, mean in means.items():
        live = mean[1:] if name == "conv1_2" else mean[mean > 0]
        assert len(live) >= len(mean) // 2
        assert float((live - 1).abs().max()) < 1e-3


def test_features_differ_by_the_recorded_scale_alone(checkpoint: Path, photos: Path) -> None:
    plain, normalized = encoder_of(checkpoint), encoder_of(checkpoint, photos)
    scales = mean_activations(plain, find_photos(photos)).channels
    picture = torch.rand(1, 3, 48, 64)
    before, after = features_of(plain, picture), features_of(normalized, picture)
    for layer in LAYERS:
        scale = scales[layer.replace("relu", "conv")]
        scale = torch.where(scale > 0, scale, 1.0).float()[None, :, None, None]
        assert torch.allclose(after[layer] * scale, before[layer], rtol=1e-4, atol=1e-5 * float(before[layer].max()))


def test_channels_that_never_fire_are_left_alone() -> None:
    state = {"layers.conv1_1.weight": torch.ones(2, 3, 3, 3), "layers.conv1_1.bias": torch.ones(2)}
    result = rescaled(state, {"conv1_1": torch.tensor([0.0, 4.0], dtype=torch.float64)})
    assert torch.equal(result["layers.conv1_1.bias"], torch.tensor([1.0, 0.25]))
    assert torch.equal(state["layers.conv1_1.bias"], torch.ones(2))


def test_the_color_convolution_normalizes_as_torchvision_does(checkpoint: Path) -> None:
    picture = torch.rand(1, 3, 8, 8)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    color = encoder_of(checkpoint).layers.get_submodule("conv0")
    expected = (picture - mean[None, :, None, None]) / std[None, :, None, None]
    assert torch.allclose(color(picture), expected, atol=1e-5)


def test_the_notes_say_whether_it_was_normalized_and_what_was_unreadable(checkpoint: Path, photos: Path) -> None:
    (photos / "list.txt").write_text("no picture")
    (photos / "torn.png").write_bytes((photos / "a.png").read_bytes()[:200])
    notes = FORMAT(checkpoint, ImportOptions(normalize_on=photos)).source.notes[-1]
    assert "over 4 pictures is 1" in notes
    assert "2 files could not be read as pictures: list.txt, torn.png" in notes
    assert "Not normalized" in FORMAT(checkpoint).source.notes[-1]


def test_a_folder_without_pictures_is_an_error(checkpoint: Path, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    with pytest.raises(InputError, match="is not a folder"):
        encoder_of(checkpoint, folder)
    folder.mkdir()
    with pytest.raises(InputError, match="holds no files"):
        encoder_of(checkpoint, folder)
    (folder / "a.txt").write_text("no picture")
    with pytest.raises(InputError, match=r"none of 1 files is a readable picture \(a\.txt"):
        encoder_of(checkpoint, folder)


def test_another_vgg_is_refused(checkpoint: Path) -> None:
    state = torch.load(checkpoint, weights_only=True)
    torch.save({key: value for key, value in state.items() if "features.34" not in key}, checkpoint)
    with pytest.raises(WeightsError, match=r"no tensor 'features\.34\.weight'"):
        encoder_of(checkpoint)
