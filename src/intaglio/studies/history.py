"""The history of a study: when and where each step was done, and with what code, in `made.json` beside its result.

Results say nothing of this, since they have to be equal wherever they come from.
"""

import functools
import json
import subprocess
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.spec import Spec

MADE = "made.json"
_PACKAGE = Path(__file__).parents[1]


class Making(Spec):
    """How a step was done."""

    day: str
    """UTC, 2026-01-31."""
    seconds: float
    """That it took, without those of earlier runs that were killed in it."""
    hardware: str
    code: str
    """Version of the package, and the commit where it is run from a checkout."""


class History(Spec):
    """Steps that were done on the same hardware with the same code."""

    hardware: str
    code: str
    steps: int
    seconds: float
    """Of all steps, one after the other."""
    days: tuple[str, str]
    """The first and the last."""


def note(making: Making, folder: Path) -> None:
    """Note how a step was done, in its folder."""
    (folder / MADE).write_text(json.dumps(making.model_dump(mode="json"), indent=2) + "\n")


def history(steps: Iterable[Spec], workspace: Workspace) -> list[History]:
    """How these steps were done; of those that are not, and of those that nobody noted, nothing."""
    found: dict[tuple[str, str], list[Making]] = {}
    done = [digest for step in steps if workspace.result(digest := step.digest()) is not None]
    notes = workspace.notes(done, MADE)
    for digest in done:
        if digest in notes:
            making = Making.parse(json.loads(notes[digest]), where=f"{workspace}, {MADE} of the step {digest}")
            found.setdefault((making.hardware, making.code), []).append(making)
    return [
        History(
            hardware=hardware,
            code=code,
            steps=len(made),
            seconds=sum(one.seconds for one in made),
            days=(min(one.day for one in made), max(one.day for one in made)),
        )
        for (hardware, code), made in found.items()
    ]


@functools.cache
def describe_code() -> str:
    """The version of the package; of a checkout the commit too, and whether files differ from it."""
    name, checkout = f"intaglio {version('intaglio')}", _PACKAGE.parents[1]
    # An environment may lie inside the checkout of something else.
    if not (checkout / ".git").exists():
        return name
    commit, changes = _git("rev-parse", "--short", "HEAD"), _git("status", "--porcelain", "--untracked-files=no")
    return f"{name}, commit {commit}{' with changes' if changes else ''}" if commit else name


def _git(*arguments: str) -> str:
    """What git says about the checkout; nothing where there is no git."""
    command = ["git", "-C", str(_PACKAGE), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
