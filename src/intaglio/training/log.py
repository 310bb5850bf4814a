"""`JsonLines`: the log of a run, one line of JSON every few steps."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from intaglio.images.atomic import replacing
from intaglio.training.objective import Moment


class JsonLines:
    """A hook that writes step, terms, learning rate, steps per second and the loader's share of the time.

    Args:
        path: the log; lines of steps that a resumed run does again are taken out first.
        every: steps between lines; the first and the last step have one always.
        started: steps done before this process.

    """

    def __init__(self, path: Path, *, every: int = 20, started: int = 0) -> None:
        self.path, self.every = path, every
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = [line for line in read_log(path) if line["step"] <= started]
        with replacing(path, durable=False) as temporary:
            temporary.write_text("".join(json.dumps(line) + "\n" for line in kept))

    def __call__(self, moment: Moment) -> None:
        """Write a line if it is time."""
        if moment.step % self.every and moment.step not in (1, moment.steps):
            return
        line = {
            "step": moment.step,
            **{name: float(term) for name, term in moment.terms.items()},
            "rate": moment.rate,
            "steps_per_second": round(moment.steps_per_second, 3),
            "loading": round(moment.waited / max(moment.seconds, 1e-9), 4),
        }
        add_line(self.path, line)


def add_line(path: Path, line: Mapping[str, Any]) -> None:
    """Write a line at the end of a log; it has its `step`."""
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a log; a last one that a kill cut off is left out, and so is a missing file."""
    lines: list[dict[str, Any]] = []
    if path.is_file():
        for text in path.read_text().splitlines():
            try:
                lines.append(json.loads(text))
            except ValueError:
                break
    return lines
