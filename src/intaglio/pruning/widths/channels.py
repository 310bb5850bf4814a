"""Channels of layers: how many there are, and which weights read and make each of them."""

from torch import Tensor, nn

Normalization = nn.BatchNorm2d | nn.InstanceNorm2d
Layer = nn.Conv2d | nn.ConvTranspose2d | nn.Linear | Normalization


def layers_of(network: nn.Module) -> dict[str, Layer]:
    """Layers that have something for each channel, by name."""
    return {name: layer for name, layer in network.named_modules() if isinstance(layer, Layer) and layer.state_dict()}


def inputs_of(layer: Layer) -> int:
    """Channels that it reads."""
    if isinstance(layer, Normalization):
        return layer.num_features
    return layer.in_features if isinstance(layer, nn.Linear) else layer.in_channels


def outputs_of(layer: Layer, weight: Tensor | None = None) -> int:
    """Channels that it gives; that it would give with another weight."""
    if weight is None and isinstance(layer, Normalization):
        return layer.num_features
    weight = layer.weight if weight is None else weight
    return weight.shape[1] * groups_of(layer) if isinstance(layer, nn.ConvTranspose2d) else len(weight)


def groups_of(layer: Layer) -> int:
    """Of a grouped convolution; 1 for other layers."""
    return layer.groups if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) else 1


def matrix_of(layer: Layer, weight: Tensor | None = None) -> Tensor:
    """Weights as (groups, outputs of a group, inputs of a group, positions), sharing memory; not of a normalization."""
    weight, groups = layer.weight.detach() if weight is None else weight, groups_of(layer)
    split = weight.view(groups, len(weight) // groups, weight.shape[1], -1)
    return split.transpose(1, 2) if isinstance(layer, nn.ConvTranspose2d) else split
