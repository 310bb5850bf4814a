from pathlib import Path

import pytest
import torch

from images.pictures import stranger
from intaglio.metrics.set_features import SetFeatures, gather
from intaglio.storage.set_statistics import StatisticsKey, read_statistics, write_statistics
from intaglio.vocabulary.errors import ResourceError
from metrics.gaussian_sets import drawn

KEY = StatisticsKey(pictures="a" * 16, network="b" * 16, resize="none")


def found(*, features: bool) -> SetFeatures:
    values = drawn(0, 20)
    return gather([(rows, rows) for rows in torch.split(values, 3)], 20, features=features)


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("features", [False, True])
def test_statistics_come_back_to_the_bit(tmp_path: Path, features: bool) -> None:
    given = found(features=features)
    write_statistics(tmp_path / "new", KEY, given)
    back = read_statistics(tmp_path / "new", KEY, features=features)
    assert back is not None
    assert back.count == 20
    assert back.moments.covariance.equal(given.moments.covariance)
    assert back.moments.mean.equal(given.moments.mean)
    assert (back.features is not None) == features
    if back.features is not None:
        assert given.features is not None
        assert back.features.equal(given.features)
    assert [path.suffix for path in (tmp_path / "new").iterdir()] == [".safetensors"]


def test_moments_do_for_those_who_need_no_features_and_not_for_others(tmp_path: Path) -> None:
    assert read_statistics(tmp_path, KEY, features=False) is None
    write_statistics(tmp_path, KEY, found(features=False))
    assert read_statistics(tmp_path, KEY, features=True) is None
    write_statistics(tmp_path, KEY, found(features=True))
    kept = read_statistics(tmp_path, KEY, features=False)
    assert kept is not None
    assert kept.features is None


@pytest.mark.parametrize("field", ["pictures", "network", "resize"])
def test_statistics_of_something_else_are_not_found(tmp_path: Path, field: str) -> None:
    write_statistics(tmp_path, KEY, found(features=False))
    other = KEY.model_copy(update={field: "other"})
    assert read_statistics(tmp_path, other, features=False) is None
    only_file(tmp_path).rename(tmp_path / f"{other.digest()}.safetensors")
    assert read_statistics(tmp_path, other, features=False) is None


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty"])
def test_a_damaged_file_counts_as_none(tmp_path: Path, damage: str) -> None:
    write_statistics(tmp_path, KEY, found(features=True))
    path = only_file(tmp_path)
    content = path.read_bytes()
    flipped = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
    path.write_bytes({"cut": content[:-20], "flipped": flipped, "text": b"no statistics", "empty": b""}[damage])
    assert read_statistics(tmp_path, KEY, features=True) is None


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with stranger(), pytest.raises(ResourceError, match=r"cannot write .*\.safetensors in .*: no right to write there"):
        write_statistics(tmp_path / "new", KEY, found(features=False))
    (tmp_path / "file").write_text("x")
    with pytest.raises(ResourceError, match=r"cannot write"):
        write_statistics(tmp_path / "file", KEY, found(features=False))
