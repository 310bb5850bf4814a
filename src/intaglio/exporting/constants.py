"""Channels that say nothing: those that have one value wherever a layer reads them, for every picture.

In networks that were pruned or trained narrow many filters never fire: their ReLU is always zero. A filter without weights has
the value of its bias. Both can be folded into the biases behind them.
"""

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn

from intaglio.models.style.network import Cascade
from intaglio.pruning.widths.asleep import Noise, Run, asleep, by_channel, noise_of
from intaglio.pruning.widths.channels import Layer, layers_of, matrix_of

Values = Mapping[str, Tensor]
"""By the name of a layer: for each of its input channels the one value that it has, NaN where it has several."""
# Of values that are the same but for rounding, and of what is zero but for it: a channel of one value that is normalized.
_TOLERANCE, _NOTHING = 1e-5, 1e-12


def constant_by_weights(network: nn.Module, run: Run) -> Values:
    """Channels that are constant for every picture there is, since they come from filters without weights.

    All other filters give noise, which stands for anything that they could give.

    Args:
        network: in evaluation mode, float64.
        run: as `probe` has it.

    """
    ranges = _Ranges()
    layers = layers_of(network)
    with torch.inference_mode():
        for seed in (0, 1):
            noise = noise_of(network, run, seed)

            def instead(name: str, number: int, inputs: Tensor, noise: Noise = noise) -> Tensor:
                layer = layers[name]
                ranges.see(name, inputs)
                if isinstance(layer, nn.BatchNorm2d):
                    return nn.BatchNorm2d.forward(layer, inputs)
                if isinstance(layer, nn.InstanceNorm2d):
                    return nn.InstanceNorm2d.forward(layer, inputs)
                return _with_bias_alone(layer, noise[name][number])

            with asleep(network, instead):
                run(network)
    return ranges.values()


def constant_on(network: nn.Module, pictures: Iterable[tuple[Tensor, ...]]) -> Values:
    """Channels that are constant on these pictures; those of a cascade also where contents are given back as they are.

    Args:
        network: in evaluation mode; it stays as it is.
        pictures: what it takes, content (1, 3, H, W) and style (1, 3, h, w) in [0, 1] or one picture.

    """
    ranges = _Ranges()

    def watch(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        return lambda _, inputs: ranges.see(name, inputs[0])

    handles = [layer.register_forward_pre_hook(watch(name)) for name, layer in layers_of(network).items()]
    try:
        with torch.inference_mode():
            for taken in pictures:
                network(*taken)
                if isinstance(network, Cascade):
                    network(*taken, strength=0.0)
    finally:
        for handle in handles:
            handle.remove()
    return ranges.values()


class _Ranges:
    """The least and the greatest value of each channel that a layer reads."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Tensor, Tensor]] = {}

    def see(self, name: str, inputs: Tensor) -> None:
        """Take note of what a layer is given."""
        values = by_channel(inputs)
        low, high = values.amin(1), values.amax(1)
        before = self._seen.get(name, (low, high))
        self._seen[name] = torch.minimum(low, before[0]), torch.maximum(high, before[1])

    def values(self) -> dict[str, Tensor]:
        """Those that are one; float64."""
        found = {}
        for name, (low, high) in self._seen.items():
            middle = (low.double() + high.double()) / 2
            middle = middle.where(middle.abs() > _NOTHING, 0.0)
            found[name] = torch.where((high - low) <= _TOLERANCE * (1 + middle.abs()), middle, torch.nan)
        return found


def _with_bias_alone(layer: Layer, noise: Tensor) -> Tensor:
    """Noise, but for filters without weights, which give their bias."""
    empty = ~matrix_of(layer).flatten(2).any(2).flatten()
    bias = torch.zeros_like(empty, dtype=noise.dtype) if layer.bias is None else layer.bias
    shape = (1, -1, *[1] * (noise.dim() - 2))
    return torch.where(empty.view(shape), bias.view(shape), noise)
