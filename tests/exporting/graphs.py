"""The graphs of the networks of the catalog, small, with random weights."""

from torch import Tensor

from dulled import example
from intaglio.exporting.graphs.graph import Graph
from intaglio.exporting.graphs.graphs import graphs_of
from intaglio.models.catalog import MODELS

EXPORTABLE = [card.name for card in MODELS.values() if not card.unexportable]


def graphs(name: str) -> dict[str, Graph]:
    return {graph.name: graph for graph in graphs_of(example(name))}


def values(graph: Graph) -> tuple[Tensor, ...]:
    """What the graph is tried with."""
    return tuple(port.tried for port in graph.takes)
