"""How much of each layer has to go so that a network computes so many times less.

As in the papers only convolutions count, and those that the network's card calls fixed stay as they are, the first one of most.
That of ConvNet is pruned, as in the authors' example. The channels of a picture stay always. That is the theoretical speedup;
what a machine makes of it is measured elsewhere.

Layers lose whole groups, their share rounded up, and one stays always. Where a filter goes the next convolution has an input
less, and where an input channel goes the convolution before has an output less, if nothing else reads it.

Departures:
- Channels of which all columns went count as if they were computed still; so columns are faster than is said here, if anything.
- In a grouped convolution an input less counts as its share of all inputs, whichever group it belonged to.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from torch import nn

from intaglio.metrics.cost import LayerCost, cost_of
from intaglio.pruning.contest import target_of
from intaglio.pruning.groups import Grouping
from intaglio.pruning.members import learned
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import OptionError

# The largest share that may be asked for, and how often an interval of shares is halved: to less than a group of any layer.
_MOST, _HALVINGS = 1 - 1e-9, 40

Profile = Callable[[float], Mapping[str, float]]
"""From 0 for nothing to 1 for all that may go, to the share of the groups of each layer; none falls where that rises."""


def ratios_for_speedup(
    network: Pretrained, speedup: float, grouping: Grouping, profile: Profile | None = None, multiple: int = 1
) -> dict[str, float]:
    """The smallest ratios of a profile that give a speedup, as shares of whole groups, by the names of the layers.

    Args:
        network: any.
        speedup: multiply-accumulates of all convolutions before, over those after; at least 1.
        grouping: what goes.
        profile: how much of each layer; the same share of all if None.
        multiple: groups that stay are rounded up to a multiple of it.

    Raises:
        OptionError: a speedup below 1, or more than there is to gain; a multiple below 1.

    """
    if multiple < 1:
        raise OptionError(f"widths cannot be multiples of {multiple}; give 1 or more, 8 and 16 suit processors")
    if not speedup >= 1:
        raise OptionError(f"speedup is {speedup:g}; it has to be at least 1")
    work = _Work(network, grouping)
    names = work.taking_part()
    shares = profile or (lambda share: dict.fromkeys(names, share))

    def ratio(groups: int, share: float) -> float:
        left = -(-(groups - target_of(groups, min(share, _MOST))) // multiple) * multiple
        return max(0, groups - left) / groups

    def ratios(share: float) -> dict[str, float]:
        found = shares(share)
        return {name: ratio(work.groups[name], found[name]) for name in names}

    if (most := work.speedup(ratios(1.0))) < speedup:
        rounded = (
            f" with multiples of {multiple}; ask for less, or for a smaller multiple" if multiple > 1 else "; ask for less"
        )
        raise OptionError(f"a speedup of {speedup:g} times is more than there is to gain, at most {most:.3g} times{rounded}")
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if work.speedup(ratios(middle)) >= speedup else (middle, high)
    return ratios(0.0) if speedup == 1 else ratios(high)


def uniform_ratios(network: Pretrained, ratio: float, grouping: Grouping) -> dict[str, float]:
    """The same share of every layer that takes part; raises OptionError if none does."""
    return dict.fromkeys(_Work(network, grouping).taking_part(), ratio)


def speedup_of(network: Pretrained, ratios: Mapping[str, float], grouping: Grouping) -> float:
    """How many times fewer multiply-accumulates all convolutions need where layers lose these shares of their groups.

    Raises:
        OptionError: a ratio out of range, or of something that is no convolution that runs.

    """
    return _Work(network, grouping).speedup(ratios)


def refuse_bound(network: Pretrained, ratios: Mapping[str, float], grouping: Grouping) -> None:
    """Raise OptionError where filters are to go that something else than the next layer reads."""
    bound = [name for name in ratios if grouping.outputs and not _fits(name, network.card.free)]
    if bound:
        raise OptionError(
            f"the filters of {bound[0]} cannot go one by one: what they give is read elsewhere; leave it out, or prune columns"
        )


def convolutions_of(network: nn.Module) -> list[LayerCost]:
    """The convolutions that run, in their order."""
    names = {name for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d)}
    return [layer for layer in cost_of(network).layers if layer.runs and layer.name in names]


class _Work:
    """What the convolutions of a network compute, and what is left of it."""

    def __init__(self, network: Pretrained, grouping: Grouping) -> None:
        self.card, self.grouping = network.card, grouping
        self.layers = convolutions_of(network.network)
        modules = dict(network.network.named_modules())
        self.groups = {layer.name: grouping.count(learned(modules[layer.name], "weight")) for layer in self.layers}

    def taking_part(self) -> list[str]:
        """Names of the layers that lose groups."""
        reads = self.layers[1:] if self.grouping.reach < 0 else self.layers
        names = [layer.name for layer in reads if not _fits(layer.name, self.card.fixed)]
        found = [name for name in names if not self.grouping.outputs or _fits(name, self.card.free)]
        if not found:
            raise OptionError(f"{self.card.name} has no layer whose {self.grouping.name} may go; prune something else")
        return found

    def speedup(self, ratios: Mapping[str, float]) -> float:
        if unknown := [name for name in ratios if name not in self.groups]:
            raise OptionError(f"{unknown[0]} is no convolution that runs; they are {', '.join(self.groups)}")
        gone = {name: target_of(self.groups[name], ratio) for name, ratio in ratios.items()}
        whole = sum(layer.macs_per_pixel for layer in self.layers)
        left = sum(
            float(layer.macs_per_pixel) * self._own(layer, gone) * self._others(place, gone)
            for place, layer in enumerate(self.layers)
        )
        return float(whole) / left

    def _own(self, layer: LayerCost, gone: Mapping[str, int]) -> float:
        """What is left of a layer by what it loses itself."""
        return 1 - gone.get(layer.name, 0) / self.groups[layer.name]

    def _others(self, place: int, gone: Mapping[str, int]) -> float:
        """What is left of a layer by what the one before or the next loses."""
        other = place - self.grouping.reach
        if other == place or not 0 <= other < len(self.layers):
            return 1.0
        first, second = (self.layers[one] for one in sorted((place, other)))
        if not _fits(first.name, self.card.free):
            return 1.0
        # Something may stand beside the filters in the next layer's inputs.
        of = second.inputs if self.grouping.reach > 0 else self.groups[second.name]
        return 1 - gone.get(self.layers[other].name, 0) / of


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
