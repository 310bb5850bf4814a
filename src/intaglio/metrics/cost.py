"""What a network costs: parameters, and multiply-accumulates (MACs) per pixel of the picture, layer by layer.

Exact: layers are counted while they run over a small picture whose sides are multiples of every pool; those of a classifier
over a picture of the size that it is made for, linear layers as well, and so those of a generator or a discriminator. Pixels
of a generator are those of the picture that it gives.

Departures: none. As in the literature only convolutions count, and linear layers of classifiers and GANs; activations, pools,
statistics and the products of attention do not. Transposed convolutions count on the grid that they give, as gan-compression
counts them. Convolutions of a transfer that the style passes count as for a style of the content's size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from intaglio.models.classify.classifier import Classifier
from intaglio.models.gan.attention import Scale
from intaglio.models.gan.networks import Discriminator, Generator
from intaglio.models.style.network import Cascade
from intaglio.models.style.stepped import SteppedNetwork

# Side in pixels: the smallest picture that every network takes, and a multiple of every scale, so that shares are exact.
_SIDE = 32


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """One convolution, a linear layer that runs once for the whole picture, or a normalization with weights."""

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
    """Multiply-accumulates per pixel of the input picture; 0 for layers that are not run, as embeddings, for linear layers of
    style networks and for normalization."""
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
    """The cost of a network; runs it on a picture of 32 x 32 pixels, or of its side, or on latents.

    Args:
        network: of any kind; of a cascade, each stage's encoder and decoder are run in turn; a stepped network
            stylizes the picture with itself.

    """
    positions: dict[nn.Module, int] = {}
    handles = [_count(layer, positions) for _, layer in _layers(network)]
    # Normalization would take note of the picture.
    learning = [module for module in network.modules() if module.training]
    network.eval()
    try:
        with torch.inference_mode():
            _run(network)
    finally:
        for handle in handles:
            handle.remove()
        for module in learning:
            module.training = True
    side = _side(network)
    # A linear layer of a classifier runs in every picture, that of a style network once for a style.
    counted = (*_CONVOLUTIONS, nn.Linear) if side_of(network) else _CONVOLUTIONS
    return Cost(tuple(_measure(name, layer, positions.get(layer, 0), side, counted) for name, layer in _layers(network)))


def side_of(network: nn.Module) -> int | None:
    """Side of the pictures that a network is made for, pixels; None for one that takes any."""
    return network.config.side if isinstance(network, Classifier | Generator | Discriminator) else None


_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
_Layer = nn.Conv2d | nn.ConvTranspose2d | nn.Linear | nn.BatchNorm2d | nn.InstanceNorm2d | Scale


def _layers(network: nn.Module) -> Iterator[tuple[str, _Layer]]:
    found = ((name, layer) for name, layer in network.named_modules() if isinstance(layer, _Layer))
    return ((name, layer) for name, layer in found if any(True for _ in layer.parameters()))


def _side(network: nn.Module) -> int:
    return side_of(network) or _SIDE


def _count(layer: nn.Module, positions: dict[nn.Module, int]) -> RemovableHandle:
    def hook(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
        seen = output.shape[-2] * output.shape[-1] if output.dim() == 4 else 1
        positions[layer] = positions.get(layer, 0) + seen

    return layer.register_forward_hook(hook)


def _run(network: nn.Module) -> None:
    weight = next(network.parameters())
    if isinstance(network, Generator | Discriminator):
        taken = network.example(torch.Generator().manual_seed(0))
        network(*(one.to(weight.device, weight.dtype if one.is_floating_point() else None) for one in taken))
        return
    side = _side(network)
    picture = torch.zeros(1, 3, side, side, device=weight.device, dtype=weight.dtype)
    if isinstance(network, SteppedNetwork):
        maps = network.maps(picture)
        network.stylized(maps, maps)
    elif isinstance(network, Cascade):
        for stage in network.cascade():
            picture = stage.decoder(stage.encoder(picture))
    else:
        network(picture)


def _measure(name: str, layer: _Layer, positions: int, side: int, counted: tuple[type[nn.Module], ...]) -> LayerCost:
    kernel = tuple[int, ...]((1, 1))
    if isinstance(layer, _CONVOLUTIONS):
        inputs, outputs, kernel = layer.in_channels, layer.out_channels, tuple(layer.kernel_size)
    elif isinstance(layer, nn.Linear):
        inputs, outputs = layer.in_features, layer.out_features
    else:
        inputs = outputs = layer.weight.numel() if isinstance(layer, Scale) else layer.num_features
    macs = Fraction(layer.weight.numel() * positions, side * side) if isinstance(layer, counted) else Fraction()
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
