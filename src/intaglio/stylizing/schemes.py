"""Which scheme streams a network."""

from intaglio.models.style.network import Cascade, StyleNetwork
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.stylizing.cascade import CascadeScheme
from intaglio.stylizing.scheme import Scheme
from intaglio.stylizing.stepped import SteppedScheme


def scheme_of(network: StyleNetwork, *, approximate: bool = False) -> Scheme:
    """The scheme of a network's kind; there are two, whatever the number of networks.

    Args:
        network: in evaluation, on the CPU.
        approximate: pool what is too large to be exact.

    """
    if isinstance(network, Cascade):
        return CascadeScheme(network)
    assert isinstance(network, SteppedNetwork)
    return SteppedScheme(network, approximate=approximate)
