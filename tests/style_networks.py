"""The style networks of the catalog, small, with random weights that let a picture through."""

from dataclasses import replace

import torch
from torch import nn

from intaglio.models.card import ModelCard
from intaglio.models.catalog import MODELS
from intaglio.models.style.network import Cascade, Stage, StyleNetwork
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.storage.pretrained import Pretrained
from lively import enliven_

STYLE_CARDS: dict[str, ModelCard] = {card.name: card for card in MODELS.values() if card.family == "style"}
FINISHED = replace(
    STYLE_CARDS["adain"],
    example=STYLE_CARDS["adain"].example.model_copy(
        update={"finish": (CodecConfig(cut="relu2_1", widths=(4, 4, 8)), CodecConfig(cut="relu1_1", widths=(6,)))}
    ),
)
"""AdaIN with stages of whitening and coloring behind it."""


def lively(card: ModelCard, seed: int = 0) -> StyleNetwork:
    """The example of a card, in evaluation mode.

    With the usual initial weights a network of a few channels gives nearly one color, and everything equals everything. These
    keep the size of the signal from layer to layer (He et al. 2015), and biases keep channels from dying.
    """
    network = card.build(card.example)
    assert isinstance(network, StyleNetwork)
    enliven_(network, seed)
    return network.requires_grad_(False).eval()


def pretrained(card: ModelCard, seed: int = 0) -> Pretrained:
    """The same as from disk, with a last layer that gives values a file can hold, most of them in [0, 1]."""
    network = lively(card, seed)
    generator = torch.Generator().manual_seed(seed)
    content, style = torch.rand(1, 3, 64, 64, generator=generator), torch.rand(1, 3, 64, 64, generator=generator)
    last = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d) and layer.out_channels == 3][-1]
    seen: list[torch.Tensor] = []
    with last.register_forward_hook(lambda _layer, _inputs, output: seen.append(output)):
        network(content, style)
    mean, deviation = seen[0].mean((0, 2, 3)), seen[0].std((0, 2, 3))
    assert last.bias is not None
    last.weight.mul_((0.15 / deviation)[:, None, None, None])
    last.bias.copy_(0.5 + (last.bias - mean) * 0.15 / deviation)
    return Pretrained(card=card, config=card.example, network=network)


def attends_to_itself(card: ModelCard) -> bool:
    """Whether every position of the content attends to all others: quadratic, and refused beyond a size."""
    network = card.build(card.example)
    return isinstance(network, SteppedNetwork) and any(local.whole for step in network.steps() for local in step.locals())


def every_stage() -> dict[str, Stage]:
    """All stages of all cascades, by the name of the network and the cut."""
    cascades = {card.name: network for card in STYLE_CARDS.values() if isinstance(network := lively(card), Cascade)}
    return {f"{name} {stage.config.cut}": stage for name, network in cascades.items() for stage in network.cascade()}
