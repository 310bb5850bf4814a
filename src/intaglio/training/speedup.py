"""How much of each layer has to go so that a network computes so many times less.

As in the papers only convolutions count, the first of them stays as it is, and all others lose the same share of their groups.
That is the theoretical speedup; what a machine makes of it is measured elsewhere.
"""

from torch import nn

from intaglio.metrics.cost import cost_of
from intaglio.vocabulary.errors import OptionError


def ratios_for_speedup(network: nn.Module, speedup: float) -> dict[str, float]:
    """Ratios by the names of the layers, for groups that leave the outputs of a layer as many as they are.

    Args:
        network: a classifier.
        speedup: multiply-accumulates of all convolutions before, over those after; at least 1.

    Raises:
        OptionError: a speedup below 1, or more than there is to gain.

    """
    costs = convolution_costs(network)
    names = list(costs)[1:]
    whole, free = sum(costs.values()), sum(costs[name] for name in names)
    if speedup < 1:
        raise OptionError(f"speedup is {speedup:g}; it has to be at least 1")
    ratio = (1 - 1 / speedup) * whole / free if free else 1.0
    if ratio >= 1:
        most = f"less than {whole / (whole - free):.3g} times" if free < whole else "none"
        raise OptionError(f"a speedup of {speedup:g} times is more than there is to gain, {most}; ask for less")
    return dict.fromkeys(names, ratio)


def uniform_ratios(network: nn.Module, ratio: float) -> dict[str, float]:
    """The same share of every convolution but the first."""
    return dict.fromkeys(list(convolution_costs(network))[1:], ratio)


def convolution_costs(network: nn.Module) -> dict[str, float]:
    """Multiply-accumulates of each convolution that runs, per pixel of the picture, in their order."""
    convolutions = {name for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d)}
    layers = (layer for layer in cost_of(network).layers if layer.runs and layer.name in convolutions)
    return {layer.name: float(layer.macs_per_pixel) for layer in layers}
