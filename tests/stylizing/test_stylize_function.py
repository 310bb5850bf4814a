"""`intaglio.stylize`: every kind of picture in, the same kind out."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

import intaglio
from intaglio.models.style.network import StyleNetwork
from intaglio.storage.artifact import save_pretrained
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import ResourceError
from intaglio.vocabulary.progress import Progress
from style_networks import STYLE_CARDS, pretrained

HEIGHT, WIDTH = 37, 52


def levels(height: int = HEIGHT, width: int = WIDTH, bands: int = 3, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, bands), dtype=np.uint8)


def as_tensor(array: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(array).permute(2, 0, 1)[None] / 255


def eight_bit(tensor: Tensor) -> NDArray[np.uint8]:
    return (tensor[0].permute(1, 2, 0).clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def close(found: NDArray[Any], expected: NDArray[Any]) -> bool:
    """Equal but for a level of rounding: two orders of float32 arithmetic meet here."""
    return found.shape == expected.shape and int(np.abs(found.astype(int) - expected.astype(int)).max()) <= 1


@pytest.fixture(scope="module")
def model() -> Pretrained:
    return pretrained(STYLE_CARDS["wct"])


@pytest.fixture(scope="module")
def style() -> NDArray[np.uint8]:
    return levels(48, 40, seed=1)


@pytest.fixture(scope="module")
def expected(model: Pretrained, style: NDArray[np.uint8]) -> Tensor:
    found: Tensor = intaglio.stylize(as_tensor(levels()), as_tensor(style), model=model)
    return found


@pytest.mark.parametrize("name", STYLE_CARDS)
def test_a_tensor_comes_back_as_the_network_itself_makes_it(name: str) -> None:
    model = pretrained(STYLE_CARDS[name])
    content, style = as_tensor(levels(48, 64)), as_tensor(levels(40, 56, seed=1))
    assert isinstance(model.network, StyleNetwork)
    with torch.inference_mode():
        whole = model.network(content, style, 0.7)
    found = intaglio.stylize(content, style, model=model, strength=0.7)
    assert (found.shape, found.dtype, found.requires_grad) == (content.shape, torch.float32, False)
    assert float((found - whole).abs().max()) <= 1e-4


@pytest.mark.parametrize(("name", "strength"), [("wct16x_a", 1.0), ("wct16x_b", 0.6)])
def test_the_published_networks_draw_what_the_reference_code_draws(shared: Path, name: str, strength: float) -> None:
    model = IMPORT_FORMATS["collaborative-distillation-16x"](shared / "published" / "collaborative-distillation-16x")
    golden = shared / "golden"
    with np.load(golden / f"{name}.npz") as arrays:
        image = torch.from_numpy(arrays["image"]).float()
    content, style = (
        as_tensor(np.asarray(Image.open(golden / f"{name}.{role}.png").convert("RGB")).copy()) for role in ("content", "style")
    )
    found = intaglio.stylize(content, style, model=model, strength=strength)
    assert float((found[0] - image).abs().max()) <= 2e-3


@pytest.mark.gpu
def test_a_tensor_on_the_gpu_comes_back_there(model: Pretrained, style: NDArray[np.uint8], expected: Tensor) -> None:
    found = intaglio.stylize(as_tensor(levels()).cuda(), as_tensor(style).cuda(), model=model)
    assert found.is_cuda
    assert float((found.cpu() - expected).abs().max()) <= 1e-3


def test_the_folder_of_a_network_serves_as_model(
    model: Pretrained, style: NDArray[np.uint8], expected: Tensor, tmp_path: Path
) -> None:
    save_pretrained(model, tmp_path / "network")
    for folder in (tmp_path / "network", str(tmp_path / "network")):
        assert torch.equal(intaglio.stylize(as_tensor(levels()), as_tensor(style), model=folder), expected)


def test_a_tensor_without_batch_stays_without(model: Pretrained, style: NDArray[np.uint8], expected: Tensor) -> None:
    content = as_tensor(levels())[0]
    assert torch.equal(intaglio.stylize(content, as_tensor(style)[0], model=model), expected[0])
    half = intaglio.stylize(content.double().requires_grad_(), style, model=model)
    assert (half.dtype, half.requires_grad) == (torch.float32, False)


def test_levels_come_back_as_levels(model: Pretrained, style: NDArray[np.uint8], expected: Tensor) -> None:
    found = intaglio.stylize(levels(), style, model=model)
    assert found.dtype == np.uint8
    assert close(found, eight_bit(expected))


def test_sixteen_bits_come_back_in_sixteen_bits(model: Pretrained, style: NDArray[np.uint8], expected: Tensor) -> None:
    content = levels().astype(np.uint16) * 257
    for given in (content, content.astype(">u2"), np.asfortranarray(content)):
        found = intaglio.stylize(given, style, model=model)
        assert (found.dtype, found.shape) == (np.uint16, content.shape)
        assert close(np.round(found / 257).astype(np.uint8), eight_bit(expected))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_come_back_unclamped(model: Pretrained, style: NDArray[np.uint8], expected: Tensor, dtype: Any) -> None:
    found = intaglio.stylize((levels() / 255).astype(dtype), (style / 255).astype(dtype), model=model)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected[0].permute(1, 2, 0).numpy(), atol=1e-4)


def test_a_result_may_be_stylized_again(model: Pretrained, style: NDArray[np.uint8], expected: Tensor) -> None:
    assert float(expected.max()) > 0.0
    again = intaglio.stylize(expected.clamp(-0.4, 1.9), as_tensor(style), model=model)
    assert again.isfinite().all()


def test_gray_becomes_color(model: Pretrained, style: NDArray[np.uint8]) -> None:
    gray = levels()[:, :, 0]
    found = intaglio.stylize(gray, style, model=model)
    colored = intaglio.stylize(np.stack([gray] * 3, axis=2), style, model=model)
    np.testing.assert_array_equal(found, colored)
    assert intaglio.stylize(levels(), style[:, :, 0], model=model).shape == (HEIGHT, WIDTH, 3)


def test_alpha_is_kept(model: Pretrained, style: NDArray[np.uint8], expected: Tensor) -> None:
    content = levels(bands=4)
    content[:, :, :3] = levels()
    found = intaglio.stylize(content, style, model=model)
    np.testing.assert_array_equal(found[:, :, 3], content[:, :, 3])
    assert close(found[:, :, :3], eight_bit(expected))


def test_the_callers_memory_is_not_written(model: Pretrained, style: NDArray[np.uint8]) -> None:
    content = levels()
    content.flags.writeable = False
    found = intaglio.stylize(content, style, model=model, keep_colors="luminance")
    assert not np.shares_memory(found, content)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16"])
def test_a_pil_image_comes_back_as_one(model: Pretrained, style: NDArray[np.uint8], mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(levels()[:, :, 0].astype(np.uint16) * 257)
    else:
        image = Image.fromarray(levels()).convert(mode)
    found = intaglio.stylize(image, Image.fromarray(style), model=model)
    assert isinstance(found, Image.Image)
    assert (found.mode, found.size) == ("RGBA" if mode in ("RGBA", "LA") else "RGB", image.size)


def test_a_pil_image_gives_what_its_levels_give(model: Pretrained, style: NDArray[np.uint8]) -> None:
    found = intaglio.stylize(Image.fromarray(levels()), style, model=model)
    np.testing.assert_array_equal(np.asarray(found), intaglio.stylize(levels(), style, model=model))


def test_pillow_is_not_imported() -> None:
    code = (
        "import sys, torch, intaglio\n"
        "from intaglio.models.catalog import MODELS\n"
        "from intaglio.storage.pretrained import Pretrained\n"
        "card = MODELS['adain']\n"
        "model = Pretrained(card=card, config=card.example, network=card.build(card.example).eval())\n"
        "intaglio.stylize(torch.rand(3, 32, 32), torch.rand(3, 32, 32), model=model)\n"
        "assert not any(name.split('.')[0] == 'PIL' for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env=os.environ)


def test_a_path_comes_back_as_an_array(model: Pretrained, style: NDArray[np.uint8], expected: Tensor, tmp_path: Path) -> None:
    Image.fromarray(levels()).save(tmp_path / "content.png")
    Image.fromarray(style).save(tmp_path / "style.png")
    found = intaglio.stylize(str(tmp_path / "content.png"), tmp_path / "style.png", model=model)
    assert found.dtype == np.uint8
    assert close(found, eight_bit(expected))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["content.png", "style.png"]


def test_a_path_with_out_becomes_a_file(model: Pretrained, style: NDArray[np.uint8], expected: Tensor, tmp_path: Path) -> None:
    Image.fromarray(levels()).save(tmp_path / "content.png")
    Image.fromarray(style).save(tmp_path / "style.png")
    out = tmp_path / "out.png"
    found = intaglio.stylize(tmp_path / "content.png", tmp_path / "style.png", model=model, out=str(out), resume=True)
    assert found == out
    assert close(np.asarray(Image.open(out)), eight_bit(expected))
    jpeg = intaglio.stylize(tmp_path / "content.png", tmp_path / "style.png", model=model, out=tmp_path / "o.jpg", quality=50)
    assert jpeg.stat().st_size < out.stat().st_size


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (33, 2)])
def test_tiny_and_thin_pictures_work(model: Pretrained, size: tuple[int, int]) -> None:
    found = intaglio.stylize(levels(*size), levels(*size, seed=1), model=model)
    assert found.shape == (*size, 3)


def test_several_styles_are_mixed_by_their_weights(model: Pretrained, style: NDArray[np.uint8], expected: Tensor) -> None:
    content, styles = as_tensor(levels()), [as_tensor(style), levels(30, 30, seed=2)]
    alone = intaglio.stylize(content, styles, model=model, weights=[2, 0])
    assert float((alone - expected).abs().max()) <= 1e-4
    assert not torch.allclose(intaglio.stylize(content, tuple(styles), model=model), expected, atol=1e-3)


MASKS: list[Callable[[NDArray[np.bool_]], Any]] = [
    lambda mask: mask,
    lambda mask: mask.astype(np.uint8) * 255,
    lambda mask: mask.astype(np.float64),
    lambda mask: torch.from_numpy(mask),
    lambda mask: torch.from_numpy(mask).float()[None, None],
    lambda mask: Image.fromarray(mask),
]


@pytest.mark.parametrize("kind", MASKS)
def test_a_mask_gives_each_style_its_region(model: Pretrained, kind: Callable[[NDArray[np.bool_]], Any]) -> None:
    content, styles = levels(64, 96), [levels(48, 48, seed=1), levels(48, 48, seed=2) // 4]
    mask = np.zeros((64, 96), np.bool_)
    mask[:, 48:] = True
    found = intaglio.stylize(content, styles, model=model, mask=kind(mask))
    np.testing.assert_array_equal(found, intaglio.stylize(content, styles, model=model, mask=mask))
    assert not np.array_equal(found, intaglio.stylize(content, styles, model=model, mask=~mask))


def test_the_stroke_resizes_a_style_in_memory_as_it_does_a_file(model: Pretrained, tmp_path: Path) -> None:
    content, style = levels(64, 96), levels(100, 80, seed=3)
    Image.fromarray(style).save(tmp_path / "style.png")
    from_memory = intaglio.stylize(content, style, model=model, stroke=0.75)
    np.testing.assert_array_equal(from_memory, intaglio.stylize(content, tmp_path / "style.png", model=model, stroke=0.75))
    assert not np.array_equal(from_memory, intaglio.stylize(content, style, model=model))
    Image.fromarray(content).save(tmp_path / "content.png")
    out = intaglio.stylize(tmp_path / "content.png", tmp_path / "style.png", model=model, stroke=0.75, out=tmp_path / "out.png")
    np.testing.assert_array_equal(np.asarray(Image.open(out)), from_memory)


def test_luminance_keeps_the_chroma(model: Pretrained, style: NDArray[np.uint8]) -> None:
    content = as_tensor(levels())
    difference = intaglio.stylize(content, style, model=model, keep_colors="luminance") - content
    assert float((difference - difference[:, :1]).abs().max()) <= 1e-4
    assert float(difference.abs().max()) > 1e-2


def test_progress_is_told_to_the_end(model: Pretrained, style: NDArray[np.uint8]) -> None:
    heard: list[Progress] = []
    intaglio.stylize(levels(), style, model=model, listener=heard.append)
    assert heard[0].task == "read styles"
    assert heard[-1].fraction == pytest.approx(1.0)


def test_memory_is_a_number_or_a_text(model: Pretrained, style: NDArray[np.uint8]) -> None:
    for memory in (2_000_000_000, "2GB"):
        assert intaglio.stylize(levels(), style, model=model, memory=memory).shape == (HEIGHT, WIDTH, 3)
    with pytest.raises(ResourceError, match="is allowed"):
        intaglio.stylize(levels(), style, model=model, memory=1000)
