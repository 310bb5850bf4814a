"""`prunable`: the weights of a network that pruning may remove, by the parts that its card names.

Departures:
- Kong et al. 2022 do not say whether biases, the color convolution of the normalized VGG-19 and the linear layers of LST are
  pruned. Here linear layers are; biases and the color convolution only if asked, scales of normalization never.
- Networks whose papers leave linear layers alone say so in their cards (`spared`): in GANs convolutions are pruned, and nothing
  else (Chen et al., GANs Can Play Lottery Tickets Too, ICLR 2021).
"""

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

from torch import nn

from intaglio.models.card import ModelCard
from intaglio.vocabulary.errors import OptionError

COLOR = "conv0"
"""Name of the convolution that only changes colors."""


def part_of(card: ModelCard, name: str) -> str:
    """The part that a parameter belongs to."""
    return next(part for part, pattern in card.parts.items() if fnmatchcase(name, pattern))


def prunable(
    card: ModelCard,
    network: nn.Module,
    *,
    parts: Collection[str] | None = None,
    biases: bool = False,
    color: bool = False,
) -> Mapping[str, nn.Parameter]:
    """Parameters by name, in the network's order.

    Args:
        card: of the network.
        network: as the card builds it.
        parts: which, of those of the card; all if None.
        biases: those too.
        color: the color convolution too.

    Raises:
        OptionError: a part that the network does not have, or none at all.

    """
    chosen = set(card.parts if parts is None else parts)
    if unknown := sorted(chosen - set(card.parts)):
        raise OptionError(f"{card.name} has no part {unknown[0]!r}; its parts are {', '.join(card.parts)}")
    found = {
        name: parameter
        for name, parameter in network.named_parameters()
        if part_of(card, name) in chosen
        and (parameter.dim() > 1 or (biases and name.endswith(".bias")))
        and (color or COLOR not in name.split("."))
        and not any(fnmatchcase(name, pattern) for pattern in card.spared)
    }
    if not found:
        raise OptionError(f"{card.name} has nothing to prune in {', '.join(sorted(chosen)) or 'no part'}; name other parts")
    return found
