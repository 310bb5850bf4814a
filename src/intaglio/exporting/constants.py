"""Channels that say nothing: those that have one value wherever they are looked at, for every picture.

In networks that were pruned or trained narrow many filters never fire: their ReLU is always zero. A filter without weights has
the value of its bias. Both can be folded into the biases behind them.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from intaglio.models.style.network import Cascade, Stage

Values = Mapping[str, Tensor]
"""By the name of a convolution: for each channel its one value behind the ReLU, NaN where it has several."""


def constant_by_weights(network: Cascade) -> dict[str, Tensor]:
    """Channels of filters without weights; they are constant for every picture there is."""
    found = {}
    for name, conv in convolutions(network):
        assert conv.bias is not None
        value = torch.where(conv.weight.detach().flatten(1).any(dim=1), torch.nan, conv.bias.detach())
        found[name] = torch.relu(value)
    return found


def constant_on(network: Cascade, pairs: Iterable[tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
    """Channels that are constant on these pictures: contents, styles, what they become, and contents as they are given back.

    Args:
        network: in evaluation mode.
        pairs: content (1, 3, H, W) and style (1, 3, h, w) in [0, 1], sides multiples of the card's `size_multiple`.

    """
    with torch.inference_mode(), _watched(network) as ranges:
        for content, style in pairs:
            for strength in (1.0, 0.0):
                network(content, style, strength)
    return {name: torch.where(low == high, low, torch.nan).clone() for name, (low, high) in ranges.items()}


def convolutions(network: Cascade) -> Iterator[tuple[str, nn.Conv2d]]:
    """The convolutions of all stages by name, in the order in which they run; those for colors are left out."""
    for place, stage in enumerate(network.cascade()):
        yield from chain(stage, f"stages.{place}")


def chain(stage: Stage, prefix: str) -> list[tuple[str, nn.Conv2d]]:
    """Those of a stage, encoder then decoder: each takes what the one before it gives, through pools and the transfer."""
    encoder = [(f"{prefix}.encoder.layers.{name}", layer) for name, layer in stage.encoder.layers.named_children()]
    decoder = [(f"{prefix}.decoder.{name}", layer) for name, layer in stage.decoder.named_children()]
    return [(name, layer) for name, layer in [*encoder[1:], *decoder] if isinstance(layer, nn.Conv2d)]


@contextmanager
def _watched(network: Cascade) -> Iterator[dict[str, tuple[Tensor, Tensor]]]:
    """The least and the greatest value of each channel behind each convolution and its ReLU."""
    ranges: dict[str, tuple[Tensor, Tensor]] = {}

    def watch(name: str) -> "torch.utils.hooks.RemovableHandle":
        def hook(_: nn.Module, __: tuple[Tensor, ...], maps: Tensor) -> None:
            maps = torch.relu(maps)
            low, high = maps.amin((0, 2, 3)), maps.amax((0, 2, 3))
            before = ranges.get(name, (low, high))
            ranges[name] = torch.minimum(low, before[0]), torch.maximum(high, before[1])

        return layers[name].register_forward_hook(hook)

    layers = dict(convolutions(network))
    handles = [watch(name) for name in layers]
    try:
        yield ranges
    finally:
        for handle in handles:
            handle.remove()
