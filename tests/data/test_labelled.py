import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from data.small_classes import cifar, class_folders, labelled
from intaglio.data.batches import as_float
from intaglio.data.class_folders import read_labelled
from intaglio.data.labelled import LabelledBatches, LabelledPictures
from intaglio.vocabulary.errors import InputError, OptionError, PictureError


def test_an_epoch_has_every_picture_once_with_its_label() -> None:
    data = labelled(12)
    batches = LabelledBatches(data, 4, seed=0)
    first = [next(batches) for _ in range(3)]
    pictures, labels = (torch.cat([batch[name] for batch in first]) for name in ("pictures", "labels"))
    places = [int((data.pictures == picture).flatten(1).all(1).nonzero()[0, 0]) for picture in pictures]
    assert sorted(places) == list(range(12))
    assert torch.equal(labels, data.labels[places])
    assert sorted(places) != places
    assert [path.name for path in batches.names(0)["pictures"]] == [str(place + 1) for place in places[:4]]


def test_a_batch_is_a_function_of_its_step() -> None:
    data = labelled(12)
    whole = LabelledBatches(data, 4, seed=3, shift=2, flip=True)
    expected = [next(whole) for _ in range(5)]
    late = LabelledBatches(data, 4, seed=3, start=3, shift=2, flip=True)
    assert all(torch.equal(expected[3][name], batch) for name, batch in next(late).items())
    halves = [LabelledBatches(data, 4, seed=3, share=(rank, 2), shift=2, flip=True) for rank in range(2)]
    joined = [next(half) for half in halves]
    for name in ("pictures", "labels"):
        assert torch.equal(torch.cat([half[name] for half in joined]), expected[0][name])
    with pytest.raises(OptionError, match="a batch of 3 does not divide by 2 processes"):
        LabelledBatches(data, 3, seed=0, share=(0, 2))
    with pytest.raises(OptionError, match="pictures of 8 px cannot be moved by 8; move them by less"):
        LabelledBatches(data, 3, seed=0, shift=8)


@given(seed=st.integers(0, 100), shift=st.integers(0, 7), flip=st.booleans())
def test_pictures_are_moved_and_mirrored_and_nothing_else(seed: int, shift: int, flip: bool) -> None:
    data = labelled(2, 1, side=8)
    batch = next(LabelledBatches(data, 2, seed=seed, shift=shift, flip=flip))
    padded = torch.nn.functional.pad(data.pictures, (shift,) * 4)
    possible = [
        candidate
        for top in range(2 * shift + 1)
        for left in range(2 * shift + 1)
        for cut in [padded[:, :, top : top + 8, left : left + 8]]
        for candidate in ([cut, cut.flip(3)] if flip else [cut])
    ]
    for picture in batch["pictures"]:
        assert any(bool((one == picture).flatten(1).all(1).any()) for one in possible)


def test_labels_travel_as_they_are() -> None:
    batch = as_float(next(LabelledBatches(labelled(6), 3, seed=0)), torch.device("cpu"))
    assert batch["pictures"].dtype == torch.float32
    assert 0 <= float(batch["pictures"].min()) <= float(batch["pictures"].max()) <= 1
    assert batch["labels"].dtype == torch.int64


def test_a_digest_tells_pictures_and_labels_apart() -> None:
    data = labelled()
    other = LabelledPictures(pictures=data.pictures, labels=data.labels.flip(0), classes=data.classes)
    assert data.digest() == labelled().digest()
    assert len({data.digest(), other.digest(), labelled(11).digest()}) == 3


def test_some_of_each_class() -> None:
    some = labelled(12).first(2)
    assert some.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert torch.equal(some.pictures, labelled(12).pictures[:6])


@pytest.mark.parametrize(("label", "classes"), [(3, 3), (-1, 3)])
def test_a_label_out_of_range_is_named(label: int, classes: int) -> None:
    pictures, names = torch.zeros(2, 3, 4, 4, dtype=torch.uint8), tuple("abc")
    with pytest.raises(InputError, match=rf"here: the label of picture 2 is {label}, and there are {classes} classes"):
        LabelledPictures(pictures=pictures, labels=torch.tensor([0, label]), classes=names, where="here")
    with pytest.raises(InputError, match="here: 2 pictures and 1 labels; one for each"):
        LabelledPictures(pictures=pictures, labels=torch.tensor([0]), classes=names, where="here")


@pytest.mark.parametrize("binary", [True, False])
def test_both_official_layouts_of_cifar_are_read(tmp_path: Path, binary: bool) -> None:
    folder = cifar(tmp_path / "cifar", binary=binary)
    learn, test = (read_labelled(folder, learn=which, side=32) for which in (True, False))
    assert (len(learn), len(test)) == (40, 20)
    assert learn.classes == test.classes == tuple(f"thing{number}" for number in range(10))
    assert learn.labels[:3].tolist() == [0, 1, 2]
    noise = np.random.default_rng(0).integers(0, 256, (20, 3072), dtype=np.uint8)
    assert torch.equal(learn.pictures[:20], torch.from_numpy(noise.reshape(-1, 3, 32, 32)))


def test_both_layouts_hold_the_same(tmp_path: Path) -> None:
    found = [read_labelled(cifar(tmp_path / str(binary), binary=binary), learn=True, side=32) for binary in (True, False)]
    assert found[0].digest() == found[1].digest()


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("exploded"),)  # type: ignore[return-value]


def test_nothing_in_a_pickle_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = cifar(tmp_path / "cifar", binary=False)
    (folder / "data_batch_2").write_bytes(pickle.dumps({b"data": Bomb()}))
    with pytest.raises(InputError, match=r"data_batch_2 cannot be read as numbers \(it asks for .*\); nothing in it was run"):
        read_labelled(folder, learn=True, side=32)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"nothing", "cannot be read as numbers"),
        (pickle.dumps([1, 2]), "holds no dictionary"),
        (pickle.dumps({b"data": np.zeros((2, 5), np.uint8), b"labels": [0, 1]}), "has no pictures of 3,072 bytes each"),
        (pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, 12]}), "the label of picture 2 is 12"),
    ],
)
def test_damaged_batches_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    folder = cifar(tmp_path / "cifar", binary=False)
    (folder / "test_batch").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_labelled(folder, learn=False, side=32)


def test_a_binary_batch_that_was_cut_is_named(tmp_path: Path) -> None:
    folder = cifar(tmp_path / "cifar", binary=True)
    path = folder / "test_batch.bin"
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(InputError, match=r"test_batch\.bin is damaged: it has .* bytes, no multiple of 3,073"):
        read_labelled(folder, learn=False, side=32)


def test_class_folders_are_read_and_squared(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "things")
    learn, test = (read_labelled(folder, learn=which, side=10) for which in (True, False))
    assert learn.classes == test.classes == ("bird", "cat")
    assert learn.pictures.shape == (8, 3, 10, 10)
    assert learn.labels.tolist() == [0] * 4 + [1] * 4
    assert len(test) == 4


def test_what_is_no_set_of_labelled_pictures_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder; check the name"):
        read_labelled(tmp_path / "nothing", learn=True, side=8)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="is no CIFAR-10 and has no folder train or training"):
        read_labelled(tmp_path / "empty", learn=True, side=8)
    folder = class_folders(tmp_path / "things")
    (folder / "train" / "dog").mkdir()
    with pytest.raises(InputError, match="dog has no pictures; add some, or remove the class"):
        read_labelled(folder, learn=True, side=8)
    (tmp_path / "bare" / "train").mkdir(parents=True)
    with pytest.raises(InputError, match="has no folder for a class"):
        read_labelled(tmp_path / "bare", learn=True, side=8)
    with pytest.raises(InputError, match="has pictures of 32 x 32, and the network takes 64 x 64"):
        read_labelled(cifar(tmp_path / "cifar", binary=True), learn=True, side=64)
    damaged = class_folders(tmp_path / "damaged")
    next((damaged / "val" / "cat").iterdir()).write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises((InputError, PictureError)):
        read_labelled(damaged, learn=False, side=8)
