import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from data.small_classes import cifar
from data.training_pictures import cut_short, filled
from images.pictures import noise, save, smooth
from intaglio.data.cifar import read_cifar
from intaglio.data.picture_sets import TensorSet, read_picture_set
from intaglio.images.whole import read_square, read_whole
from intaglio.vocabulary.errors import InputError, OptionError, PictureError


def test_files_come_as_squares_in_batches_and_in_their_order(tmp_path: Path) -> None:
    pictures = read_picture_set(filled(tmp_path / "set", 7))
    batches = list(pictures.batches(8, 3))
    assert [tuple(batch.shape) for batch in batches] == [(3, 3, 8, 8), (3, 3, 8, 8), (1, 3, 8, 8)]
    assert len(pictures) == 7
    last = read_square(tmp_path / "set" / "06.png", 8).transpose(2, 0, 1)
    assert np.array_equal(batches[-1][0].numpy(), last)


def test_pictures_that_keep_their_size_share_batches_with_their_like(tmp_path: Path) -> None:
    for number, side in enumerate((4, 4, 6, 6, 6, 4)):
        save(tmp_path / f"{number}.png", noise(side, side, 3, seed=number))
    batches = list(read_picture_set(tmp_path).batches(None, 2))
    assert [(len(batch), batch.shape[2]) for batch in batches] == [(2, 4), (2, 6), (1, 6), (1, 4)]
    assert np.array_equal(batches[3][0].permute(1, 2, 0).numpy(), read_whole(tmp_path / "5.png"))


def test_large_pictures_come_in_small_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        save(tmp_path / f"{number}.png", noise(10, 10, 3, seed=number))
    monkeypatch.setattr("intaglio.data.picture_sets._MOST_PIXELS", 250)
    assert [len(batch) for batch in read_picture_set(tmp_path).batches(None, 50)] == [2, 2, 1]
    monkeypatch.setattr("intaglio.data.picture_sets._MOST_PIXELS", 1)
    assert [len(batch) for batch in read_picture_set(tmp_path).batches(None, 50)] == [1] * 5


def test_the_digest_is_that_of_what_the_files_hold(tmp_path: Path) -> None:
    one = read_picture_set(filled(tmp_path / "one", 3))
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    (tmp_path / "two" / "02.png").rename(tmp_path / "two" / "named-otherwise.png")
    assert read_picture_set(tmp_path / "two").digest() == one.digest()
    content = (tmp_path / "two" / "01.png").read_bytes()
    (tmp_path / "two" / "01.png").write_bytes(content[:-1] + b"\0")
    assert read_picture_set(tmp_path / "two").digest() != one.digest()


def test_pictures_that_cannot_be_counted_are_refused(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    (tmp_path / "notes.txt").write_text("fine")
    cut_short(tmp_path / "01.png")
    with pytest.raises(PictureError, match=r"01\.png: damaged or cut short"):
        list(read_picture_set(tmp_path).batches(8, 2))
    (tmp_path / "02.png").write_bytes(b"")
    with pytest.raises(PictureError, match=r"02\.png: .*; mend or remove it, since the pictures of .* are counted"):
        read_picture_set(tmp_path)
    with pytest.raises(PictureError, match=r"no such folder"):
        read_picture_set(tmp_path / "nowhere")


@pytest.mark.parametrize("side", [6, 30])
def test_tensors_become_squares_as_files_do(tmp_path: Path, side: int) -> None:
    pixels = smooth(12, 16)
    save(tmp_path / "00.png", pixels)
    (from_file,) = read_picture_set(tmp_path).batches(side, 4)
    (from_memory,) = TensorSet(torch.from_numpy(pixels).permute(2, 0, 1)[None], "memory").batches(side, 4)
    assert from_memory.equal(from_file)


def test_tensors_of_the_size_asked_for_stay_as_they_are() -> None:
    pixels = torch.randint(0, 256, (5, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    pictures = TensorSet(pixels, "memory")
    for side in (8, None):
        assert torch.cat(list(pictures.batches(side, 2))).equal(pixels)
    assert pictures.digest() == TensorSet(pixels.clone(), "elsewhere").digest()
    assert pictures.digest() != TensorSet(pixels.flip(0), "memory").digest()


@pytest.mark.parametrize("binary", [True, False])
def test_cifar_is_recognized_and_has_two_parts(tmp_path: Path, binary: bool) -> None:
    folder = cifar(tmp_path / "cifar", binary=binary)
    learn, test = read_picture_set(folder), read_picture_set(folder, test=True)
    assert (len(learn), len(test)) == (40, 20)
    (first, *_) = test.batches(32, 10)
    assert first.equal(read_cifar(folder, learn=False).pictures[:10])
    assert learn.digest() != test.digest()


def test_folders_of_pictures_have_no_part_to_be_tested_on(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    with pytest.raises(OptionError, match=r"is not CIFAR-10 and has no part to be tested on"):
        read_picture_set(tmp_path, test=True)
    (tmp_path / "data_batch_1").write_bytes(b"no pickle")
    with pytest.raises(InputError, match=r"cannot be read as numbers"):
        read_picture_set(tmp_path)
