"""Which scheme streams a network."""

from intaglio.models.style.network import Cascade, StyleNetwork
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.stylizing.cascade import CascadeScheme
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.scheme import Scheme
from intaglio.stylizing.stepped import SteppedScheme


def scheme_of(network: StyleNetwork, options: StylizeOptions) -> Scheme:
    """The scheme of a network's kind; there are two, whatever the number of networks.

    Args:
        network: in evaluation, on the CPU.
        options: of these, whether to pool what is too large to be exact, and how pruned layers are executed.

    """
    if isinstance(network, Cascade):
        return CascadeScheme(network, options.runtime)
    assert isinstance(network, SteppedNetwork)
    return SteppedScheme(network, approximate=options.approximate, runtime=options.runtime)
