"""Progress is a value that knows its share and changes nothing."""

import pytest

from intaglio.vocabulary.progress import Progress, ignore


@pytest.mark.parametrize(("done", "total", "fraction"), [(0, 4, 0.0), (1, 4, 0.25), (4, 4, 1.0), (5, 4, 1.0), (0, 0, 1.0)])
def test_the_share_done_is_between_nothing_and_all(done: float, total: float, fraction: float) -> None:
    assert Progress(task="write", step=1, steps=1, done=done, total=total).fraction == fraction


def test_a_listener_may_ignore_it() -> None:
    event = Progress(task="write", step=1, steps=2, done=1, total=2)
    ignore(event)
    assert event == Progress(task="write", step=1, steps=2, done=1, total=2)
