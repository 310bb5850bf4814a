"""Amounts are read and written as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intaglio.vocabulary.errors import OptionError
from intaglio.vocabulary.quantities import format_bytes, format_duration, parse_bytes


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("800MB", 800_000_000),
        ("1.5 GB", 1_500_000_000),
        ("2GiB", 2 * 2**30),
        ("  64 kib ", 64 * 1024),
        ("3g", 3_000_000_000),
        (".5k", 500),
        ("4096", 4096),
        ("1B", 1),
    ],
)
def test_amounts_of_memory_are_read(text: str, amount: int) -> None:
    assert parse_bytes(text) == amount


@pytest.mark.parametrize("text", ["", "much", "1.5.2GB", "-3GB", "1 GBit", "1e9", "GB", "1,5 GB"])
def test_what_is_no_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(OptionError) as raised:
        parse_bytes(text)
    assert str(raised.value) == f"not an amount of memory: {text!r}; write it like 800MB, 1.5GB or 2GiB"


@pytest.mark.parametrize("text", ["0", "0GB", "0.4"])
def test_no_memory_at_all_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="must be above zero"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (999.6, "1 kB"),
        (1_240_000_000, "1.24 GB"),
        (999_600, "1 MB"),
        (35_400_000, "35.4 MB"),
        (2_000_000_000_000, "2 TB"),
        (-1500, "-1.5 kB"),
    ],
)
def test_amounts_of_memory_are_written(amount: float, text: str) -> None:
    assert format_bytes(amount) == text


@given(st.integers(min_value=1, max_value=999 * 10**12))
def test_an_amount_that_is_written_reads_back_to_three_digits(amount: int) -> None:
    assert parse_bytes(format_bytes(amount)) == pytest.approx(amount, rel=0.0051)


@given(st.integers(min_value=1, max_value=999), st.sampled_from(["B", "kB", "MB", "GB", "TB"]))
def test_what_is_written_with_three_digits_stays(number: int, unit: str) -> None:
    assert format_bytes(parse_bytes(f"{number} {unit}")) == f"{number} {unit}"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.84, "0.8 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3599.7, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_are_written(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
