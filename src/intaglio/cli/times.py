"""Speedups on the command line: `4`, or `4x`."""

import typer


def parse_times(text: str) -> float:
    """How many times.

    Raises:
        typer.BadParameter: it is no number.

    """
    try:
        return float(text.strip().lower().removesuffix("x"))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a number of times, such as 4x") from None
