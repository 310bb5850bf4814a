"""Networks of the catalog of which some filters have no weights, and what is compared with them."""

import copy

import torch
from torch import Tensor, nn

from intaglio.models.catalog import MODELS
from intaglio.pruning.widths.channels import Layer, Normalization, layers_of, matrix_of, outputs_of
from intaglio.pruning.widths.example import example_inputs
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.spec import Spec
from lively import enliven_
from style_networks import STYLE_CARDS, pretrained


def example(name: str, seed: int = 0, config: Spec | None = None) -> Pretrained:
    """A network of the catalog with values a picture can hold, and statistics that batch normalization has seen."""
    if name in STYLE_CARDS:
        return pretrained(STYLE_CARDS[name], seed)
    card = MODELS[name]
    config = card.example if config is None else config
    network = card.build(config)
    enliven_(network, seed)
    generator = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d) and layer.running_mean is not None:
            layer.running_mean.copy_(0.2 * torch.randn(layer.num_features, generator=generator))
    return Pretrained(card=card, config=config, network=network.eval().requires_grad_(False))


@torch.no_grad()
def dull_(network: nn.Module, seed: int, share: float) -> dict[str, int]:
    """Take the weights of some filters, give them other biases, none to half of them; how many of each layer have weights."""
    generator = torch.Generator().manual_seed(seed)
    alive = {}
    for name, layer in layers_of(network).items():
        if isinstance(layer, Normalization) or name.endswith("conv0"):
            continue
        filters = outputs_of(layer)
        dull = torch.rand(filters, generator=generator) < share
        dull[0] = False
        matrix_of(layer).flatten(0, 1)[dull] = 0
        # MCCNet divides by the biases of its key.
        if layer.bias is not None and not name.endswith("key"):
            drawn = torch.randn(filters, generator=generator)
            layer.bias[dull] = torch.where(torch.rand(filters, generator=generator) < 0.5, drawn, 0.0)[dull]
        alive[name] = int((~dull).sum())
    return alive


@torch.no_grad()
def silence_(network: nn.Module) -> None:
    """Let filters without weights give zero, so that no border of zeros is in the way."""
    for layer in layers_of(network).values():
        if isinstance(layer, Normalization):
            for value in (layer.bias, layer.running_mean):
                if value is not None:
                    value.zero_()
        elif layer.bias is not None:
            layer.bias[~matrix_of(layer).flatten(2).any(2).flatten()] = 0


def convolutions(network: Pretrained) -> dict[str, Layer]:
    return {name: layer for name, layer in layers_of(network.network).items() if isinstance(layer, nn.Conv2d)}


def pictures(network: Pretrained, seed: int) -> tuple[Tensor, ...]:
    """What the network takes; of a style network the style is of another size."""
    if network.card.name not in STYLE_CARDS:
        return example_inputs(network.card, network.network, seed)
    generator = torch.Generator().manual_seed(seed)
    card, sides = network.card, (96, 64)
    return tuple(torch.rand(1, 3, side, max(side, card.smallest_side), generator=generator) for side in sides)


def assert_same(made: Pretrained, network: Pretrained, taken: tuple[Tensor, ...]) -> None:
    # Whitening enlarges the rounding of features; scores may be large, pictures are of the size of 1.
    doubled = [one.double() if one.is_floating_point() else one for one in taken]
    found, expected = (copy.deepcopy(one.network).double()(*doubled) for one in (made, network))
    assert float((found - expected).abs().max() / expected.abs().max().clamp_min(1)) <= 1e-5
