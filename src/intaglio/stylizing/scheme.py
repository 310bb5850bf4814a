"""What the engine asks of a kind of network: how many walks over the picture, and what each of them does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from torch import Tensor

from intaglio.models.card import ModelCard
from intaglio.models.style.moments import Moments
from intaglio.stylizing.known import Known
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.padding import PaddedPicture
from intaglio.stylizing.pixels import PixelSource
from intaglio.stylizing.plan import PassPlan, Plan
from intaglio.stylizing.regions import Regions
from intaglio.stylizing.spill import Spill
from intaglio.stylizing.tiles import Link


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One run: what it reads, how, and where results go."""

    card: ModelCard
    plan: Plan
    picture: PaddedPicture
    """The content."""
    scratch: Path
    """Folder for what is kept between passes."""
    write: Callable[[int, Tensor], None]
    """Takes rows of the finished picture, from a row on: (1, 3, rows, padded width)."""


@dataclass(frozen=True, kw_only=True)
class StyleSetting(Setting):
    """One run of a style network."""

    styles: Sequence[PixelSource]
    options: StylizeOptions
    weights: Sequence[float]
    """Shares of the styles; ignored where there are regions."""
    regions: Regions | None
    """Which style goes where; None to mix them everywhere."""
    report: Callable[[float], None]
    """Told the share of the styles that is read."""
    known: Known = field(default_factory=Known)
    """From others who work on the same picture."""


@dataclass(kw_only=True)
class Walk:
    """One pass over the picture: rows of what is read go through a chain."""

    read: Callable[[int, int], Tensor]
    """Rows [start, stop) as (1, C, rows, width), on the CPU."""
    height: int
    """Rows there are to read."""
    scale: int
    """Pixels per row of these."""
    multiple: int = 1
    """Rows and columns come in multiples of this many."""
    chain: list[Link]
    outputs: list[Spill] = field(default_factory=list)
    """What is written."""
    finished: list[Spill] = field(default_factory=list)
    """What nobody reads after this walk."""


class Program(Protocol):
    """A network at work on one picture."""

    def moments(self) -> Mapping[str, Moments]:
        """The statistics it gathers, by name; the engine puts them back when a run goes on."""
        ...

    def walk(self, step: int) -> Walk:
        """Pass `step`, once those before it are complete."""
        ...


class Scheme(Protocol):
    """How a style network of some kind is streamed."""

    def passes(self, height: int, width: int, tile: tuple[int, int], styles: Sequence[tuple[int, int]]) -> list[PassPlan]:
        """What the walks over a padded picture cost, with styles of these heights and widths."""
        ...

    def program(self, setting: StyleSetting) -> Program:
        """Read the styles, and be ready for the first walk."""
        ...
