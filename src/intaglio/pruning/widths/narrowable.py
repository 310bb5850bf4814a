"""`narrowable`: the widths of a network that its configuration can make narrower, by name."""

import copy
from collections.abc import Mapping

from torch import Tensor, nn

from intaglio.models.card import ModelCard
from intaglio.pruning.widths.channels import Normalization, layers_of
from intaglio.pruning.widths.example import example_inputs
from intaglio.pruning.widths.joints import Width, free_widths, widths_of
from intaglio.pruning.widths.probing import probe
from intaglio.vocabulary.errors import OptionError
from intaglio.vocabulary.spec import Spec


def narrowable(card: ModelCard, config: Spec, network: nn.Module) -> Mapping[str, Width]:
    """Widths by the name of the first layer that gives their channels, in the order of the layers.

    Args:
        card: of the network.
        config: of the network.
        network: as the card builds it; it stays as it is.

    Raises:
        OptionError: a kind of network whose widths are no configuration.

    """
    if card.narrowed is None:
        raise OptionError(f"{card.name} cannot be made smaller: its configuration has no widths")
    work = copy.deepcopy(network).double().eval()
    taken = [one.double() if one.is_floating_point() else one for one in example_inputs(card, network)]

    def run(network: nn.Module) -> Tensor:
        made: Tensor = network(*taken)
        return made

    layers = layers_of(work)
    order = {name: number for number, name in enumerate(layers)}
    found = {}
    for width in free_widths(card, config, work, widths_of(work, probe(work, run))):
        makers = {name for name, side, _ in width[0].places if side == "out" and not isinstance(layers[name], Normalization)}
        found[min(makers, key=order.__getitem__)] = width
    return found
