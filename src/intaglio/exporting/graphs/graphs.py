"""Which graphs a network is."""

from intaglio.exporting.graphs.cascade import cascade_graphs
from intaglio.exporting.graphs.graph import Graph
from intaglio.exporting.graphs.single import single_graph
from intaglio.exporting.graphs.stepped import stepped_graphs
from intaglio.exporting.settled import settled
from intaglio.models.style.network import Cascade
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import OptionError


def graphs_of(network: Pretrained) -> list[Graph]:
    """The graphs of a network, by its kind; there are three, whatever the number of networks.

    Args:
        network: on the CPU; spectral normalization is carried out once for all.

    Raises:
        OptionError: the card says why it is no graph.

    """
    card = network.card
    if card.unexportable:
        raise OptionError(f"{card.name} cannot be exported: it {card.unexportable}")
    module = settled(network).network.eval().requires_grad_(False)
    if isinstance(module, Cascade):
        return cascade_graphs(module, card)
    if isinstance(module, SteppedNetwork):
        return stepped_graphs(module, card)
    return [single_graph(module, card)]
