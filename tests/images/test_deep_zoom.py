from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from intaglio.images.deep_zoom import TILE, DeepZoom, top_level


def slopes(height: int, width: int, bands: int = 3) -> NDArray[np.uint8]:
    """Smooth, so that JPEG changes little."""
    down, across = np.linspace(0, 255, height)[:, None], np.linspace(0, 255, width)[None]
    planes = [down + 0 * across, across + 0 * down, (down + across) / 2, 255 + 0 * (down + across)]
    return np.stack(planes[:bands], axis=2).round().astype(np.uint8)


def level_of(folder: Path, level: int, suffix: str = ".jpg") -> NDArray[np.uint8]:
    """The tiles of a level, put together."""
    tiles = {
        tuple(map(int, path.stem.split("_"))): np.asarray(Image.open(path)) for path in (folder / str(level)).glob(f"*{suffix}")
    }
    rows = max(y for _, y in tiles) + 1
    columns = max(x for x, _ in tiles) + 1
    return np.concatenate([np.concatenate([tiles[x, y] for x in range(columns)], axis=1) for y in range(rows)])


@settings(max_examples=12)
@given(height=st.integers(1, 600), width=st.integers(1, 600), step=st.integers(1, 300))
def test_every_level_is_the_picture_at_its_size(
    tmp_path_factory: pytest.TempPathFactory, height: int, width: int, step: int
) -> None:
    # Gray: JPEG halves the resolution of colors.
    folder, picture = tmp_path_factory.mktemp("zoom"), slopes(height, width)[:, :, 2:].repeat(3, axis=2)
    zoom = DeepZoom(folder, width, height)
    for start in range(0, height, step):
        zoom.add(picture[start : start + step])
    top = top_level(width, height)
    assert sorted(int(path.name) for path in folder.iterdir()) == list(range(top + 1))
    for level in range(top + 1):
        scale = 2 ** (top - level)
        found = level_of(folder, level)
        assert found.shape == (-(-height // scale), -(-width // scale), 3)
        inner = picture[: height // scale * scale, : width // scale * scale].astype(float)
        if inner.size:
            means = inner.reshape(height // scale, scale, width // scale, scale, 3).mean((1, 3))
            assert np.abs(found[: means.shape[0], : means.shape[1]] - means).max() < 14


def test_what_is_known_is_shown_at_every_level_but_the_highest(tmp_path: Path) -> None:
    picture, known = slopes(700, 300), 418
    zoom = DeepZoom(tmp_path, 300, 700)
    zoom.add(picture[:known])
    zoom.show()
    assert {path.name for path in (tmp_path / "10").iterdir()} == {"0_0.jpg", "1_0.jpg"}
    half = level_of(tmp_path, 9, ".webp")
    assert half.shape == (TILE, 150, 4)
    assert (half[: known // 2, :, 3] == 255).all()
    assert not half[known // 2 :, :, 3].any()
    assert np.abs(half[: known // 2, :, :3].astype(int) - slopes(350, 150)[: known // 2]).max() < 12
    zoom.add(picture[known:])
    zoom.show()
    assert not list(tmp_path.rglob("*.webp"))


def test_an_interrupted_pyramid_goes_on_and_leaves_its_tiles_alone(tmp_path: Path) -> None:
    picture = slopes(600, 300)
    DeepZoom(tmp_path, 300, 600).add(picture[:300])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.jpg")}
    zoom = DeepZoom(tmp_path, 300, 600)
    zoom.add(picture)
    assert before
    assert all(path.stat().st_mtime_ns == then for path, then in before.items())
    assert level_of(tmp_path, 10).shape == (600, 300, 3)


@pytest.mark.parametrize(("dtype", "scale"), [(np.uint8, 1), (np.uint16, 257)])
def test_depth_is_reduced_and_transparency_laid_on_white(tmp_path: Path, dtype: type, scale: int) -> None:
    picture = (slopes(40, 40, 4).astype(np.uint32) * scale).astype(dtype)
    if dtype == np.uint8:
        picture[:, :, 3] = 0
    DeepZoom(tmp_path, 40, 40).add(picture)
    wanted = np.full((40, 40, 3), 255) if dtype == np.uint8 else slopes(40, 40)
    assert np.abs(level_of(tmp_path, 6).astype(int) - wanted).max() < 10
