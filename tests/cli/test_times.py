import pytest
import typer

from intaglio.cli.times import parse_times


@pytest.mark.parametrize(("text", "times"), [("4x", 4.0), ("2.5X", 2.5), (" 2 ", 2.0)])
def test_times_may_say_so(text: str, times: float) -> None:
    assert parse_times(text) == times


@pytest.mark.parametrize("text", ["", "x", "four", "2 by 2"])
def test_what_is_no_number_of_times_is_named(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"is not a number of times, such as 4x"):
        parse_times(text)
