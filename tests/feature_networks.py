"""Networks that see sets of pictures, small."""

from intaglio.models.catalog import MODELS
from intaglio.storage.pretrained import Pretrained
from lively import enliven_

CLASSIFIER_CARDS = {card.name: card for card in MODELS.values() if card.family == "classifier"}


def classifier(name: str = "convnet", seed: int = 0) -> Pretrained:
    """The example of a card, with weights that let pictures through."""
    card = CLASSIFIER_CARDS[name]
    network = card.build(card.example)
    enliven_(network, seed)
    return Pretrained(card=card, config=card.example, network=network.requires_grad_(False).eval())
