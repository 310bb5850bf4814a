"""`ExportFormat`: what exporting needs to know of files that other programs run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from intaglio.exporting.graphs.graph import Graph

Precision = Literal["float32", "float16"]
"""Of weights and convolutions; what goes in and comes out is float32."""


@dataclass(frozen=True, kw_only=True)
class ExportFormat:
    """A format of graphs."""

    name: str
    title: str
    """One line: the format, its version, who runs the file to check it."""
    suffix: str
    require: Callable[[], None]
    """Raises OptionError if a package is missing, naming the extra."""
    write: Callable[[Graph, Precision, Mapping[str, str]], bytes]
    """(graph, precision, notes for its metadata) -> the file."""
    run: Callable[[bytes, Graph], list[Tensor]]
    """What another program's runtime makes of the values that the graph is tried with."""
