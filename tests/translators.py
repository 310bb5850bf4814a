"""The translators of the catalog, small, with random weights that let a picture through, and their artifacts."""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import nn

from intaglio.models.card import ModelCard
from intaglio.models.catalog import MODELS
from intaglio.models.gan.translator import Translator
from intaglio.storage.pretrained import Pretrained
from lively import enliven_

_CARDS = {card.name: card for card in MODELS.values() if card.family == "translator"}
# Options that computing depends on, beside the examples of the cards.
_VARIANTS = {"cyclegan-generator": {"upsampling": "nearest"}}
TRANSLATORS: Mapping[str, ModelCard] = {
    **_CARDS,
    **{
        f"{name}, {' '.join(options.values())}": replace(_CARDS[name], example=_CARDS[name].example.model_copy(update=options))
        for name, options in _VARIANTS.items()
    },
}


@torch.no_grad()
def lively_translator(card: ModelCard, *, batches: bool = False) -> Translator:
    """The example of a card, in evaluation mode, its scales and shifts drawn too.

    Args:
        card: of a translator.
        batches: let it normalize by statistics of batches that it saw in training, which are drawn.

    """
    network = card.build(card.example)
    assert isinstance(network, Translator)
    enliven_(network)
    generator = torch.Generator().manual_seed(1)
    for name, layer in [*network.named_modules()]:
        if not isinstance(layer, nn.InstanceNorm2d):
            continue
        norm = nn.BatchNorm2d(layer.num_features) if batches else layer
        network.set_submodule(name, norm)
        for vector in (norm.weight, norm.running_var):
            if vector is not None:
                vector.uniform_(0.6, 1.4, generator=generator)
        for vector in (norm.bias, norm.running_mean):
            if vector is not None:
                vector.uniform_(-0.3, 0.3, generator=generator)
    return network.requires_grad_(False).eval()


def pretrained_translator(card: ModelCard) -> Pretrained:
    """The same as from disk."""
    return Pretrained(card=card, config=card.example, network=lively_translator(card))
