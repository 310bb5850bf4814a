"""What a network costs: parameters, and multiply-accumulates (MACs) per pixel of the picture, layer by layer.

Exact: layers are counted while they run over a small picture whose sides are multiples of every pool.

Departures: none. As in the literature only convolutions count; activations, pools, statistics and the products of attention
do not. Convolutions of a transfer that the style passes count as for a style of the content's size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from intaglio.models.style.network import Cascade
from intaglio.models.style.stepped import SteppedNetwork

# Side in pixels: the smallest picture that every network takes, and a multiple of every scale, so that shares are exact.
_SIDE = 32


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """One convolution, or a linear layer that runs once for the whole picture."""

    name: str
    """Dotted path in the network."""
    kind: str
    """Class of the layer: "Conv2d"; a subclass shows itself."""
    inputs: int
    """Input channels."""
    outputs: int
    """Output channels."""
    kernel: tuple[int, ...]
    """(height, width)."""
    parameters: int
    """Weights and biases."""
    macs_per_pixel: Fraction
    """Multiply-accumulates per pixel of the input picture; 0 for layers that are not run, as embeddings, and linear ones."""
    runs: bool
    """Whether it is needed to stylize."""


@dataclass(frozen=True)
class Cost:
    """The cost of a network: its layers, in the order of its modules."""

    layers: tuple[LayerCost, ...]

    @property
    def parameters(self) -> int:
        """Of all layers, embeddings included."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def path_parameters(self) -> int:
        """Of the layers the content passes: what is needed to run the network."""
        return sum(layer.parameters for layer in self.layers if layer.runs)

    @property
    def macs_per_pixel(self) -> Fraction:
        """Of one pass of the content, encoders and decoders; a second pass for statistics runs the encoders again."""
        return sum((layer.macs_per_pixel for layer in self.layers), Fraction())


def cost_of(network: nn.Module) -> Cost:
    """The cost of an encoder or a whole style network; runs it on a picture of 32 x 32 pixels.

    Args:
        network: takes a picture (N, 3, H, W); of a cascade, each stage's encoder and decoder are run in turn; a stepped network
            stylizes the picture with itself.

    """
    positions: dict[nn.Module, int] = {}
    handles = [_count(layer, positions) for _, layer in _layers(network)]
    try:
        with torch.inference_mode():
            _run(network)
    finally:
        for handle in handles:
            handle.remove()
    return Cost(tuple(_measure(name, layer, positions.get(layer, 0)) for name, layer in _layers(network)))


def _layers(network: nn.Module) -> Iterator[tuple[str, nn.Conv2d | nn.Linear]]:
    return ((name, layer) for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear))


def _count(layer: nn.Module, positions: dict[nn.Module, int]) -> RemovableHandle:
    def hook(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
        seen = output.shape[-2] * output.shape[-1] if output.dim() == 4 else 1
        positions[layer] = positions.get(layer, 0) + seen

    return layer.register_forward_hook(hook)


def _run(network: nn.Module) -> None:
    weight = next(network.parameters())
    picture = torch.zeros(1, 3, _SIDE, _SIDE, device=weight.device, dtype=weight.dtype)
    if isinstance(network, SteppedNetwork):
        maps = network.maps(picture)
        network.stylized(maps, maps)
    elif isinstance(network, Cascade):
        for stage in network.cascade():
            picture = stage.decoder(stage.encoder(picture))
    else:
        network(picture)


def _measure(name: str, layer: nn.Conv2d | nn.Linear, positions: int) -> LayerCost:
    macs, kernel = Fraction(), tuple[int, ...]((1, 1))
    if isinstance(layer, nn.Conv2d):
        inputs, outputs, kernel = layer.in_channels, layer.out_channels, tuple(layer.kernel_size)
        macs = Fraction(layer.weight.numel() * positions, _SIDE * _SIDE)
    else:
        inputs, outputs = layer.in_features, layer.out_features
    return LayerCost(
        name=name,
        kind=type(layer).__name__,
        inputs=inputs,
        outputs=outputs,
        kernel=kernel,
        parameters=sum(parameter.numel() for parameter in layer.parameters()),
        macs_per_pixel=macs,
        runs=positions > 0,
    )
