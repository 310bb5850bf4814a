from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from intaglio.data.arrays import read_arrays
from intaglio.data.class_folders import read_labelled
from intaglio.data.picture_sets import read_picture_set
from intaglio.data.unlabelled import read_to_learn
from intaglio.vocabulary.errors import InputError

NOISE = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)


def written(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


@given(count=st.integers(1, 4), height=st.integers(1, 6), width=st.integers(1, 6), gray=st.booleans(), column=st.booleans())
def test_arrays_are_read_as_they_are(
    tmp_path_factory: pytest.TempPathFactory, count: int, height: int, width: int, gray: bool, column: bool
) -> None:
    shape = (count, height, width) if gray else (count, height, width, 3)
    levels = np.random.default_rng(count).integers(0, 256, shape, dtype=np.uint8)
    labels = np.arange(count, dtype=np.uint8)
    file = tmp_path_factory.mktemp("arrays") / "some.npz"
    found = read_arrays(written(file, images=levels, labels=labels[:, None] if column else labels), learn=True)
    assert found.pictures.shape == (count, 3, height, width)
    assert all(np.array_equal(found.pictures[:, c].numpy(), levels if gray else levels[..., c]) for c in range(3))
    assert found.labels.tolist() == list(range(count))
    assert found.classes == tuple(str(number) for number in range(count))


@pytest.mark.parametrize(
    "names", [("train_images", "train_labels", "test_images", "test_labels"), ("x_train", "y_train", "x_test", "y_test")]
)
def test_both_uses_have_the_classes_of_either(tmp_path: Path, names: tuple[str, ...]) -> None:
    given = dict(zip(names, (NOISE[:3], [0, 1, 2], NOISE[3:], [0, 1]), strict=True))
    file = written(tmp_path / "some.npz", **given)
    learn, test = (read_labelled(file, learn=which, side=8) for which in (True, False))
    assert learn.classes == test.classes == ("0", "1", "2")
    named = written(tmp_path / "named.npz", **{**given, names[3]: np.array(["cat", "bird"])})
    assert read_labelled(named, learn=True, side=8).classes == ("0", "1", "2")
    assert (len(learn), len(test)) == (3, 2)
    assert torch.equal(next(read_picture_set(file, test=True).batches(None, 9)), test.pictures)
    assert torch.equal(next(read_picture_set(file).batches(None, 9)), learn.pictures)


def test_pictures_of_a_file_are_brought_to_a_side(tmp_path: Path) -> None:
    file = written(tmp_path / "some.npz", images=np.full((2, 8, 12, 3), 77, np.uint8))
    found = read_to_learn(file, 4)
    assert torch.equal(found.pictures, torch.full((2, 3, 4, 4), 77, dtype=torch.uint8))
    assert found.classes == ("pictures",)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"pixels": NOISE}, "has the arrays none; name the pictures one of `train_images`, `x_train`, `images`"),
        ({"labels": [0]}, "has the arrays labels; name the pictures one of"),
        ({"images": NOISE / 255}, r"images are float64 \(5, 8, 8, 3\), not bytes \(N, H, W, 3\)"),
        ({"images": NOISE[..., :2]}, r"images are uint8 \(5, 8, 8, 2\), not bytes"),
        ({"images": NOISE, "labels": [0, 1]}, r"labels are int64 \(2,\), not a whole number for each of 5 pictures"),
        ({"images": NOISE, "labels": [0.5] * 5}, r"labels are float64 \(5,\), not a whole number"),
        ({"images": NOISE, "labels": [0, 1, -1, 0, 0]}, "the label of picture 3 is -1"),
        ({"images": np.array([Path()] * 2, dtype=object)}, "cannot be read as arrays of numbers"),
    ],
)
def test_what_is_no_pictures_is_told(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_arrays(written(tmp_path / "some.npz", **arrays), learn=True)


def test_files_that_are_missing_damaged_or_have_nothing_to_test_on_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.npz: no such file; check the name"):
        read_to_learn(tmp_path / "nothing.npz", 8)
    file = written(tmp_path / "some.npz", images=NOISE)
    with pytest.raises(InputError, match="has the arrays images; name the pictures one of `test_images`, `x_test`"):
        read_labelled(file, learn=False, side=8)
    for content in (b"nothing", file.read_bytes()[:-40], b""):
        file.write_bytes(content)
        with pytest.raises(InputError, match="cannot be read as arrays of numbers"):
            read_to_learn(file, 8)
