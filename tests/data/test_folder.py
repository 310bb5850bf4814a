"""What lies in a folder, and what of it is a picture."""

import os
import tempfile
from pathlib import Path

import pytest

from data.training_pictures import filled
from images.pictures import noise, save, stranger
from intaglio.data.folder import PictureFolder
from intaglio.vocabulary.errors import PictureError
from intaglio.vocabulary.progress import Progress


def refusal(*paths: Path) -> str:
    with pytest.raises(PictureError) as caught:
        PictureFolder.scan(paths)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_pictures_of_folders_in_folders_come_sorted(tmp_path: Path) -> None:
    for name in ("b.png", "a/z.jpg", "a/deep/er/y.webp", "c.tif"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        save(tmp_path / name, noise(4, 5, 3))
    found = PictureFolder.scan(tmp_path)
    assert found.names == ("a/deep/er/y.webp", "a/z.jpg", "b.png", "c.tif")
    assert found.files == tuple(tmp_path / name for name in found.names)
    assert found.sizes == tuple(file.stat().st_size for file in found.files)
    assert (len(found), found.skipped, found.ignored) == (4, (), 0)


def test_several_folders_come_in_the_order_given(tmp_path: Path) -> None:
    one, other = filled(tmp_path / "one", 1), filled(tmp_path / "other", 1)
    assert PictureFolder.scan([other, one]).files == (other / "00.png", one / "00.png")


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    save(tmp_path / "picture.dat", noise(4, 5, 3), format="PNG")
    (tmp_path / "words.jpg").write_text("not a picture")
    found = PictureFolder.scan(tmp_path)
    assert found.names == ("picture.dat",)
    assert [(skipped.path.name, "not a picture" in skipped.reason) for skipped in found.skipped] == [("words.jpg", True)]


def test_what_was_meant_as_a_picture_is_named_with_its_reason(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    save(tmp_path / "moving.gif", noise(4, 5, 3))
    (tmp_path / "empty.JPG").touch()
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    os.mkfifo(tmp_path / "pipe.png")
    reasons = {skipped.path.name: skipped.reason for skipped in PictureFolder.scan(tmp_path).skipped}
    assert list(reasons) == ["empty.JPG", "gone.png", "moving.gif", "pipe.png"]
    words = ("empty", "no such file", "GIF is not read", "not a regular file")
    for reason, word in zip(reasons.values(), words, strict=True):
        assert word in reason
        assert str(tmp_path) not in reason


def test_other_files_are_only_counted_and_hidden_ones_not_even_that(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    (tmp_path / "list.csv").write_text("a,b")
    (tmp_path / "README").write_text("about")
    save(tmp_path / ".hidden.png", noise(4, 5, 3))
    filled(tmp_path / ".cache", 3)
    found = PictureFolder.scan(tmp_path)
    assert (len(found), found.ignored, found.skipped) == (2, 2, ())


def test_links_are_followed_and_circles_end(tmp_path: Path) -> None:
    inner = filled(tmp_path / "pictures" / "inner", 1)
    outside = filled(tmp_path / "outside", 1)
    (inner / "back").symlink_to(tmp_path / "pictures")
    (inner / "out").symlink_to(outside)
    (inner / "self").symlink_to(inner / "self")
    assert PictureFolder.scan(tmp_path / "pictures").names == ("inner/00.png", "inner/out/00.png")


def test_a_folder_named_twice_counts_once(tmp_path: Path) -> None:
    filled(tmp_path / "a", 2)
    assert len(PictureFolder.scan([tmp_path, tmp_path / "a", tmp_path])) == 2


def test_files_and_folders_without_right_to_read_are_named() -> None:
    # The folders of pytest are closed to strangers altogether.
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = filled(Path(place) / "a", 2)
        closed = filled(folder / "closed", 1)
        for path in (notes := folder / "notes", folder / "00.png", closed):
            path.touch()
            path.chmod(0)
        try:
            with stranger():
                found = PictureFolder.scan(folder)
                assert "cannot read this folder" in refusal(closed)
        finally:
            closed.chmod(0o700)
    assert found.names == ("01.png",)
    assert {skipped.path for skipped in found.skipped} == {folder / "00.png", notes, closed}
    assert all("permissions" in skipped.reason for skipped in found.skipped)


def test_a_missing_folder_a_file_and_nothing_at_all_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone") == f"{tmp_path / 'gone'}: no such folder; check the name"
    file = save(tmp_path / "a.png", noise(4, 5, 3))
    assert refusal(file) == f"{file}: a file, not a folder; name the folder it lies in"
    assert "name at least one" in refusal()


def test_a_folder_without_pictures_says_what_it_holds(tmp_path: Path) -> None:
    assert "no picture among 0 files; name a folder of JPEG" in refusal(tmp_path)
    (tmp_path / "a.txt").write_text("words")
    (tmp_path / "b.jpg").touch()
    message = refusal(tmp_path)
    assert message.startswith(f"{tmp_path}: no picture among 2 files (such as {tmp_path / 'b.jpg'}: the file is empty")


def test_the_digest_moves_with_names_sizes_and_number_and_not_with_the_place(tmp_path: Path) -> None:
    one, other = filled(tmp_path / "one", 3), filled(tmp_path / "other", 3)
    digest = PictureFolder.scan(one).digest()
    assert PictureFolder.scan(other).digest() == digest
    (other / "notes.txt").write_text("not a picture")
    assert PictureFolder.scan(other).digest() == digest
    (other / "02.png").rename(other / "03.png")
    renamed = PictureFolder.scan(other).digest()
    with (other / "03.png").open("ab") as file:
        file.write(b"\0")
    longer = PictureFolder.scan(other).digest()
    (other / "03.png").unlink()
    assert len({digest, renamed, longer, PictureFolder.scan(other).digest()}) == 4


def test_the_listener_hears_of_the_end(tmp_path: Path) -> None:
    heard: list[Progress] = []
    PictureFolder.scan(filled(tmp_path, 3), listener=heard.append)
    assert (heard[-1].done, heard[-1].total, heard[-1].unit, heard[-1].remaining) == (3, 3, "files", 0)
