"""A wall of pictures, the same pairs in every column: as HTML, and as one picture."""

import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

from intaglio.images.contact_sheet import contact_sheet
from intaglio.studies.reporting.files import file_name
from intaglio.studies.runner import do_step
from intaglio.studies.sources import Sources
from intaglio.studies.tickets.steps import Sample
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.errors import InputError, JournalError
from intaglio.vocabulary.progress import Listener, Progress
from intaglio.vocabulary.spec import Spec

Wall = Sequence[tuple[str, str, Sequence[Path]]]
"""Columns: name, remark, pictures (JPEG) from top to bottom, as many in each."""
_CELL = 224


def samples_of(
    networks: Sequence[tuple[str, str]], data: Mapping[str, str], workspace: Workspace, listener: Listener
) -> list[Path]:
    """The folders with pictures by networks of a study, as steps of it: those that are there are not made again.

    Args:
        networks: titles, and digests of the steps that made them.
        data: digests of the pictures, by stream.
        workspace: of the study.
        listener: hears of each network.

    Raises:
        InputError: the pictures are not at hand.

    """
    return made_by([(title, Sample(of=made, data=dict(data))) for title, made in networks], workspace, listener)


def made_by(steps: Sequence[tuple[str, Spec]], workspace: Workspace, listener: Listener) -> list[Path]:
    """The folders of steps that make pictures: those that are there are not made again.

    Args:
        steps: titles of networks, and steps that are not part of the study.
        workspace: of the study.
        listener: hears of each step.

    Raises:
        InputError: the pictures that a step needs are not at hand.

    """
    sources, folders, began = Sources.kept(workspace), list[Path](), time.monotonic()
    for number, (title, step) in enumerate(steps, 1):
        if workspace.result(step.digest()) is None:
            do_step(step, workspace, sources, "cpu")
        folders.append(workspace.step(step.digest()))
        listener(
            Progress(
                task=f"pictures of {title}",
                step=number,
                steps=len(steps),
                done=number,
                total=len(steps),
                unit="networks",
                seconds=time.monotonic() - began,
            )
        )
    return folders


def drawn(walls: Mapping[str, Callable[[], Wall]], out: Path) -> tuple[dict[str, Wall], list[str]]:
    """Draw the walls of a report, and write each as a contact sheet.

    Args:
        walls: by label, what draws one; InputError and JournalError mean that its pictures are not at hand.
        out: folder of the report.

    Returns:
        Those that could be drawn, and for the others a note why not.

    """
    found, notes = dict[str, Wall](), list[str]()
    for label, draw in walls.items():
        try:
            found[label] = draw()
        except (InputError, JournalError) as error:
            notes.append(f"{label}: no pictures, since {error}")
        else:
            write_sheet(found[label], out / f"{file_name(label)}-pictures.jpg")
    return found, notes


def hung(wall: Wall) -> str:
    """HTML with the pictures in it; nothing if there are none."""
    if not wall:
        return ""
    names = "".join(f'<div class="name">{escape(name)}<small>{escape(remark)}</small></div>' for name, remark, _ in wall)
    rows = zip(*(pictures for _, _, pictures in wall), strict=True)
    cells = "".join(
        f'<img alt="{escape(f"{name}, row {number}")}" src="{_embedded(path)}">'
        for number, row in enumerate(rows, 1)
        for (name, _, _), path in zip(wall, row, strict=True)
    )
    return f'<div class="scroll"><div class="wall" style="--columns: {len(wall)}">{names}{cells}</div></div>'


def write_sheet(wall: Wall, out: Path) -> None:
    """The same as a contact sheet."""
    pictures = [path for row in zip(*(column for _, _, column in wall), strict=True) for path in row]
    names = [f"{name} {remark}".strip() for name, remark, _ in wall]
    captions = [names[place % len(wall)] if place < len(wall) else "" for place in range(len(pictures))]
    contact_sheet(pictures, out, columns=len(wall), cell=(_CELL, _CELL), captions=captions)


def _embedded(path: Path) -> str:
    return f"data:image/jpeg;base64,{b64encode(path.read_bytes()).decode()}"
