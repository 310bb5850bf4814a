"""The loader: the same batches whatever the start, the threads and the processes, and no broken picture in silence."""

import threading
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from data.training_pictures import SMALL, cut_short, filled
from images.pictures import noise, save
from intaglio.data.batches import Batches, as_float
from intaglio.data.crop import Crop, examples
from intaglio.data.folder import PictureFolder
from intaglio.vocabulary.errors import OptionError, PictureError

Streams = dict[str, tuple[PictureFolder, Crop]]


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    contents, styles = filled(tmp_path / "contents", 7), filled(tmp_path / "styles", 5)
    return {
        "content": (PictureFolder.scan(contents), SMALL),
        "style": (PictureFolder.scan(styles), Crop(size=6, resize="squash", to=9)),
    }


def taken(streams: Streams, steps: int, *, batch_size: int = 4, seed: int = 3, **options: object) -> list[dict[str, Tensor]]:
    with Batches(streams, batch_size, seed, **options) as batches:
        return list(islice(batches, steps))


def assert_equal(one: Sequence[dict[str, Tensor]], other: Sequence[dict[str, Tensor]]) -> None:
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        assert left.keys() == right.keys()
        assert all(torch.equal(left[name], right[name]) for name in left)


def test_a_batch_is_bytes_with_channels_last(streams: Streams) -> None:
    (batch,) = taken(streams, 1)
    assert {name: tuple(pixels.shape) for name, pixels in batch.items()} == {"content": (4, 3, 8, 8), "style": (4, 3, 6, 6)}
    for pixels in batch.values():
        assert pixels.dtype == torch.uint8
        assert pixels.is_contiguous(memory_format=torch.channels_last)


def test_each_epoch_shows_every_picture_once(streams: Streams) -> None:
    with Batches(streams, 7, 0) as batches:
        for step in range(6):
            assert sorted(batches.names(step)["content"]) == sorted(streams["content"][0].files)


def test_streams_of_other_names_go_through_a_folder_in_other_orders(streams: Streams) -> None:
    with Batches({"one": streams["content"], "other": streams["content"]}, 7, 0) as batches:
        names = batches.names(0)
    assert names["one"] != names["other"]


def test_going_on_from_a_step_gives_what_running_through_gives(streams: Streams) -> None:
    through = taken(streams, 9)
    for start in (1, 4, 8):
        assert_equal(taken(streams, 9 - start, start=start), through[start:])


def test_threads_and_batches_ahead_change_no_byte(streams: Streams) -> None:
    alone = taken(streams, 6, workers=1, prefetch=1)
    for workers, prefetch in ((2, 1), (3, 5), (8, 2)):
        assert_equal(taken(streams, 6, workers=workers, prefetch=prefetch), alone)


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_share_the_batch_of_one(streams: Streams, processes: int) -> None:
    shares = [taken(streams, 5, share=(rank, processes)) for rank in range(processes)]
    joined = [{name: torch.cat([part[name] for part in parts]) for name in parts[0]} for parts in zip(*shares, strict=True)]
    assert_equal(joined, taken(streams, 5))


def test_seeds_draw_other_pictures_and_other_squares(tmp_path: Path) -> None:
    streams: Streams = {"picture": (PictureFolder.scan(filled(tmp_path, 1)), SMALL)}
    one, same, other = (torch.cat([b["picture"] for b in taken(streams, 5, seed=seed)]) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert len({example.numpy().tobytes() for example in one}) > 5


def test_the_names_of_a_step_are_the_files_of_its_examples(tmp_path: Path) -> None:
    for level in range(9):
        save(tmp_path / f"{level}.png", np.full((8, 8, 3), level, np.uint8))
    streams: Streams = {"picture": (PictureFolder.scan(tmp_path), Crop(size=8))}
    with Batches(streams, 4, 0, share=(1, 2)) as batches:
        for step, batch in enumerate(islice(batches, 6)):
            assert [int(path.stem) for path in batches.names(step)["picture"]] == batch["picture"][:, 0, 0, 0].tolist()


def test_a_broken_picture_is_replaced_by_the_next_one_and_named(tmp_path: Path) -> None:
    for level in range(7):
        save(tmp_path / f"{level}.png", np.full((8, 8, 3), level, np.uint8))
    streams: Streams = {"picture": (PictureFolder.scan(tmp_path), Crop(size=8))}
    with Batches(streams, 7, 0) as batches:
        order = [path.stem for path in batches.names(0)["picture"]]
    broken = [cut_short(tmp_path / f"{order[place]}.png", 0.7) for place in (1, 2, 6)]
    expected = [order[place] for place in (0, 3, 3, 3, 4, 5, 0)]
    for workers in (1, 4):
        with Batches(streams, 7, 0, workers=workers, prefetch=1) as batches:
            levels = next(batches)["picture"][:, 0, 0, 0].tolist()
            assert levels == [int(stem) for stem in expected]
            assert [path.stem for path in batches.names(0)["picture"]] == expected
            assert sorted(batches.broken) == sorted(broken)
            assert all("damaged or cut short" in reason for reason in batches.broken.values())


def test_a_picture_that_went_away_is_broken_too(streams: Streams) -> None:
    gone = streams["content"][0].files[2]
    gone.unlink()
    with Batches(streams, 7, 0) as batches:
        next(batches)
        assert batches.broken == {gone: "no such file; check the name"}


@pytest.mark.parametrize(("count", "damaged"), [(1, 1), (2, 2), (5, 3)])
def test_a_folder_that_is_mostly_broken_is_an_error(tmp_path: Path, count: int, damaged: int) -> None:
    folder = PictureFolder.scan(filled(tmp_path, count))
    for path in folder.files[:damaged]:
        cut_short(path)
    with (
        Batches({"style": (folder, Crop(size=8))}, 5, 0) as batches,
        pytest.raises(PictureError, match=f"^style: {damaged} of {count} pictures cannot be decoded, the last one {tmp_path}"),
    ):
        list(islice(batches, 5))


def test_what_goes_wrong_in_a_thread_reaches_the_consumer_with_the_file(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    culprit = streams["style"][0].files[0]

    def failing(path: Path, crop: Crop, seed: int) -> np.ndarray:
        if path == culprit:
            raise MemoryError("no more")
        return examples(path, crop, seed)

    monkeypatch.setattr("intaglio.data.stream.examples", failing)
    with Batches(streams, 5, 0) as batches, pytest.raises(MemoryError) as caught:
        next(batches)
    assert str(culprit) in caught.value.__notes__[0]


def test_leaving_ends_the_threads_and_drops_what_was_ahead(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    calls: list[Path] = []

    def slow(path: Path, crop: Crop, seed: int) -> np.ndarray:
        calls.append(path)
        # The first batch comes through; those ahead of it wait.
        assert len(calls) <= 4 or gate.wait(60)
        return examples(path, crop, seed)

    monkeypatch.setattr("intaglio.data.stream.examples", slow)
    with Batches(streams, 2, 0, workers=2, prefetch=50) as batches:
        next(batches)
        threading.Timer(0.05, gate.set).start()
    assert len(calls) < 20
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pictures")]


def test_a_closed_loader_gives_no_more(streams: Streams) -> None:
    with Batches(streams, 2, 0) as batches:
        next(batches)
    with pytest.raises(RuntimeError, match="shutdown"):
        next(batches)


def test_batches_are_made_ahead_and_not_further(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    done = threading.Semaphore(0)

    def counting(path: Path, crop: Crop, seed: int) -> np.ndarray:
        made.append(seed)
        done.release()
        return examples(path, crop, seed)

    monkeypatch.setattr("intaglio.data.stream.examples", counting)
    with Batches(streams, 4, 0, workers=3, prefetch=2) as batches:
        for step in range(1, 4):
            next(batches)
            for _ in range(24 if step == 1 else 8):
                assert done.acquire(timeout=60)
            assert len(made) == (step + 2) * 8


def test_waiting_is_measured(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 12.5, 20.0, 20.25])
    monkeypatch.setattr("intaglio.data.batches.time.monotonic", lambda: next(clock))
    with Batches(streams, 2, 0) as batches:
        assert batches.waited_seconds == 0
        next(batches)
        next(batches)
        assert batches.waited_seconds == 2.75


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"workers": 0}, "workers must be at least 1"),
        ({"prefetch": 0}, "prefetch must be at least 1"),
        ({"start": -1}, "start must be at least 0"),
        ({"share": (2, 2)}, "rank 2 of 2"),
        ({"share": (0, 3)}, "a batch of 4 does not divide by 3"),
    ],
)
def test_numbers_out_of_range_are_refused(streams: Streams, options: dict[str, object], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        taken(streams, 1, **options)


def test_no_stream_is_refused() -> None:
    with pytest.raises(OptionError, match="at least one"):
        Batches({}, 1, 0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_bytes_become_numbers_from_zero_to_one(dtype: torch.dtype) -> None:
    levels = torch.arange(256, dtype=torch.uint8).repeat(3).reshape(1, 3, 16, 16).to(memory_format=torch.channels_last)
    numbers = as_float({"picture": levels}, torch.device("cpu"), dtype)["picture"]
    assert numbers.dtype == dtype
    assert numbers.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(numbers, (levels.double() / 255).to(dtype))
    assert levels.max() == 255


def test_pictures_of_every_shape_and_format_go_into_one_batch(tmp_path: Path) -> None:
    shapes = {"a.jpg": (40, 30, 3), "b.png": (1, 1, 4), "c.tif": (3, 50, 3), "d.webp": (9, 9, 3), "e.png": (20, 20, 1)}
    for name, shape in shapes.items():
        save(tmp_path / name, noise(*shape))
    streams: Streams = {"picture": (PictureFolder.scan(tmp_path), SMALL)}
    with Batches(streams, 5, 0) as batches:
        assert next(batches)["picture"].shape == (5, 3, 8, 8)
        assert not batches.broken
