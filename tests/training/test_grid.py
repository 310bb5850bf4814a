from pathlib import Path

import pytest

from intaglio.training.grid import Grid, digest_of_pictures
from intaglio.vocabulary.errors import InputError, PictureError


def paths(prefix: str, count: int) -> list[Path]:
    return [Path(f"{prefix}{index}.jpg") for index in range(count)]


def names(grid: Grid) -> list[tuple[str, str]]:
    return [(pair.content.name, pair.style.name) for pair in grid.pairs()]


def test_without_a_sample_all_pairs_come_content_by_content() -> None:
    grid = Grid(contents=paths("c", 2), styles=paths("s", 2))
    assert names(grid) == [("c0.jpg", "s0.jpg"), ("c0.jpg", "s1.jpg"), ("c1.jpg", "s0.jpg"), ("c1.jpg", "s1.jpg")]
    assert grid.drawn is None


@pytest.mark.parametrize("sample", [4, 5])
def test_a_sample_of_all_pairs_or_more_is_all_pairs(sample: int) -> None:
    grid = Grid(contents=paths("c", 2), styles=paths("s", 2), sample=sample, seed=7)
    assert len(names(grid)) == 4
    assert grid.drawn is None


def test_a_draw_is_the_same_on_every_machine() -> None:
    grid = Grid(contents=paths("c", 10), styles=paths("s", 10), sample=3)
    assert names(grid) == [("c0.jpg", "s2.jpg"), ("c0.jpg", "s7.jpg"), ("c3.jpg", "s5.jpg")]


def test_another_seed_draws_other_pairs() -> None:
    draws = [names(Grid(contents=paths("c", 10), styles=paths("s", 10), sample=20, seed=seed)) for seed in (0, 1)]
    assert draws[0] != draws[1]
    assert all(len(set(draw)) == 20 for draw in draws)


def test_a_larger_sample_holds_the_smaller_one() -> None:
    small, large = (names(Grid(contents=paths("c", 10), styles=paths("s", 10), sample=count)) for count in (10, 30))
    assert set(small) < set(large)
    assert large == sorted(large)


def test_folders_and_order_do_not_change_the_draw() -> None:
    contents, styles = paths("c", 10), paths("s", 10)
    moved = Grid(contents=[Path("elsewhere") / path for path in reversed(contents)], styles=styles, sample=10)
    assert set(names(moved)) == set(names(Grid(contents=contents, styles=styles, sample=10)))


@pytest.mark.parametrize(
    ("contents", "styles", "sample", "complaint"),
    [
        ([], paths("s", 1), None, "no content pictures"),
        (paths("c", 1), [], None, "no style pictures"),
        ([Path("a/x.jpg"), Path("b/x.jpg")], paths("s", 1), None, "two content pictures have this name"),
        (paths("c", 1), paths("s", 1), 0, "at least one pair, not 0"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(
    contents: list[Path], styles: list[Path], sample: int | None, complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        Grid(contents=contents, styles=styles, sample=sample)


def test_the_digest_stands_for_names_and_bytes_in_any_order(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jpg", tmp_path / "b.jpg"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    digest = digest_of_pictures([first, second])
    assert digest_of_pictures([second, first]) == digest
    second.write_bytes(b"three")
    assert digest_of_pictures([first, second]) != digest
    with pytest.raises(PictureError, match=r"c\.jpg: cannot be read"):
        digest_of_pictures([tmp_path / "c.jpg"])
