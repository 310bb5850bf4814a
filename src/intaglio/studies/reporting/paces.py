"""How long networks of a study take for the same pictures, measured in turns when its report is written."""

from collections.abc import Callable, Sequence
from html import escape

import torch

from intaglio.metrics.latency import medians_in_turns
from intaglio.pages.page import table
from intaglio.runtime.hardware import describe_hardware
from intaglio.vocabulary.spec import Spec

_TURNS = 7


class Pace(Spec):
    """How long a network takes."""

    title: str
    speedup: float
    """Multiply-accumulates of the large network over its own."""
    seconds: float
    """Median."""


class Paces(Spec):
    """Networks beside the large one that they were made of."""

    networks: tuple[Pace, ...]
    """The large one first."""
    pictures: str
    """What they were given or gave."""
    turns: int
    hardware: str


def measured(networks: Sequence[tuple[str, float, Callable[[], object]]], pictures: str) -> Paces:
    """Take the time of networks on the CPU.

    Args:
        networks: title, speedup and what is timed, the large network first.
        pictures: what each is given or gives.

    """
    seconds = medians_in_turns([run for _, _, run in networks], _TURNS)
    return Paces(
        networks=tuple(
            Pace(title=title, speedup=speedup, seconds=taken)
            for (title, speedup, _), taken in zip(networks, seconds, strict=True)
        ),
        pictures=pictures,
        turns=_TURNS,
        hardware=describe_hardware(torch.device("cpu")),
    )


def paces_table(paces: Paces | None, remark: str) -> str:
    """HTML, with a remark on what stands there; empty where nothing was measured."""
    if paces is None:
        return ""
    large = paces.networks[0].seconds
    rows = [[one.title, f"{one.speedup:.2f}x", f"{one.seconds:.4f}", f"{large / one.seconds:.2f}x"] for one in paces.networks]
    columns = ["network", "fewer multiply-accumulates", "seconds", "faster"]
    note = f"{paces.pictures}, medians of {paces.turns}, in turns; {paces.hardware}. {remark}"
    return table(columns, rows, words=1) + f'<p class="note">{escape(note)}</p>'
