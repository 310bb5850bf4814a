"""What `intaglio.stylize` refuses: each in one line that names the value."""

import errno
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

import intaglio
from intaglio.models.catalog import MODELS
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.spill import Spill
from intaglio.vocabulary.errors import InputError, OptionError, PictureError, ResourceError
from style_networks import STYLE_CARDS, pretrained

HEIGHT, WIDTH = 37, 52


def levels(height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def model() -> Pretrained:
    return pretrained(STYLE_CARDS["wct"])


@pytest.fixture(scope="module")
def style() -> NDArray[np.uint8]:
    return levels(48, 40)


REFUSED: list[tuple[Any, str]] = [
    ([[0.0]], "content: list is no type of picture"),
    (None, "content: NoneType is no type of picture"),
    (torch.zeros(2, 3, 8, 8), r"tensor of shape \(2, 3, 8, 8\); give \(1, 3, H, W\)"),
    (torch.zeros(8, 8, 3), r"tensor of shape \(8, 8, 3\)"),
    (torch.zeros(3, 8, 8, dtype=torch.uint8), "tensor of torch.uint8; give floats in .*divide"),
    (torch.zeros(3, 0, 8), r"holds no pixels"),
    (torch.zeros(3, 8, 8, device="meta"), "without values"),
    (torch.full((3, 8, 8), float("nan")), "content: holds NaN"),
    (torch.full((3, 8, 8), float("inf")), "content: holds NaN or infinite"),
    (np.zeros((3, 8, 8)), r"array of shape \(3, 8, 8\); give \(H, W\)"),
    (np.zeros((8, 8, 3), np.int64), "array of int64; give uint8"),
    (np.zeros((8, 8, 3), np.bool_), "array of bool; give uint8"),
    (np.zeros((0, 8, 3)), r"shape \(0, 8, 3\) holds no pixels"),
    (levels().astype(np.float32), "from 0 to 255; .* probably 0..255, divide by 255"),
    (levels().astype(np.float64) * 257, "probably 0..65535, divide by 65535"),
    (levels() / 127.5 - 1, "from -1 to 1; .* undo the normalization"),
    (Image.new("F", (8, 8)), "mode 'F' has no fixed range"),
    ("nowhere.png", "nowhere.png"),
]


@pytest.mark.parametrize(("content", "message"), REFUSED)
def test_what_is_no_picture_is_refused_in_one_line(
    model: Pretrained, style: NDArray[np.uint8], content: Any, message: str
) -> None:
    with pytest.raises(PictureError, match=message) as caught:
        intaglio.stylize(content, style, model=model)
    assert "\n" not in str(caught.value)


CONTRADICTIONS: list[tuple[dict[str, Any], str]] = [
    ({"strength": 1.5}, "'strength'.*1.5"),
    ({"strength": float("nan")}, "'strength'.*nan"),
    ({"strength": "much"}, "'strength'.*much"),
    ({"keep_colors": "hue"}, "'keep_colors'.*hue"),
    ({"precision": "float16"}, "'precision'.*float16"),
    ({"stroke": 0}, "'stroke'.*0"),
    ({"stroke": float("inf")}, "'stroke'.*inf"),
    ({"stroke": 1e4}, "stroke of 10000 enlarges a style of 40x48"),
    ({"weights": [1, 2]}, "2 weights for 1 styles"),
    ({"weights": [-1]}, "must not be negative, got -1"),
    ({"weights": 0.5}, "'weights'.*0.5"),
    ({"style": []}, "give at least one style"),
    ({"style": [levels(), levels() + 0.5]}, "style 2: values from"),
    ({"memory": "some"}, "'some'"),
    ({"memory": 0}, "memory must be .* not 0"),
    ({"memory": 1.5}, "memory must be .* not 1.5"),
    ({"device": "tpu9"}, "tpu9"),
    ({"model": 3}, "not int"),
    ({"model": "nowhere"}, "nowhere is not a folder"),
    ({"resume": True}, "name it with out"),
    ({"quality": 80}, "name it with out"),
    ({"pyramid": True}, "name it with out"),
    ({"out": "a.png"}, "out takes paths only, the content is of type ndarray"),
    ({"pixel_budget": 10}, "content: 52x37 is over the budget"),
    ({"mask": levels()[:, :, 0]}, "at least two styles"),
    ({"mask": levels()[1:, :, 0], "style": [levels()] * 2}, "mask is 52x36, the content 52x37"),
    ({"mask": np.full((HEIGHT, WIDTH), 1.2), "style": [levels()] * 2}, "mask: values from 1.2 to 1.2"),
    ({"mask": levels()[:, :, 0], "style": [levels()] * 2, "weights": [1, 1]}, "leave the weights"),
]


@pytest.mark.parametrize(("changes", "message"), CONTRADICTIONS)
def test_a_wrong_option_is_refused_in_one_line(
    model: Pretrained, style: NDArray[np.uint8], changes: dict[str, Any], message: str
) -> None:
    arguments = {"content": levels(), "style": style, "model": model} | changes
    with pytest.raises(InputError, match=message) as caught:
        intaglio.stylize(**arguments)
    assert "\n" not in str(caught.value)


def test_with_out_all_pictures_are_paths(model: Pretrained, style: NDArray[np.uint8], tmp_path: Path) -> None:
    Image.fromarray(levels()).save(tmp_path / "content.png")
    with pytest.raises(OptionError, match="the style is of type ndarray"):
        intaglio.stylize(tmp_path / "content.png", style, model=model, out=tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_the_output_is_a_path(model: Pretrained, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="the output is of type BytesIO"):
        intaglio.stylize(tmp_path / "a.png", tmp_path / "b.png", model=model, out=io.BytesIO())  # type: ignore[arg-type]


def test_a_pil_image_of_a_damaged_file_is_refused(model: Pretrained, style: NDArray[np.uint8]) -> None:
    file = io.BytesIO()
    Image.fromarray(levels(200, 300)).save(file, "png")
    with Image.open(io.BytesIO(file.getvalue()[:5000])) as image, pytest.raises(PictureError, match=r"content: .* decoded"):
        intaglio.stylize(image, style, model=model)


def test_a_network_that_does_not_stylize_is_refused(style: NDArray[np.uint8]) -> None:
    card = MODELS["vgg-encoder"]
    encoder = Pretrained(card=card, config=card.example, network=card.build(card.example))
    with pytest.raises(OptionError, match="does not stylize"):
        intaglio.stylize(levels(), style, model=encoder)


def test_a_full_disk_is_one_line(model: Pretrained, style: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Spill, "write", refuse)
    with pytest.raises(ResourceError, match="the disk is full"):
        intaglio.stylize(levels(), style, model=model)
