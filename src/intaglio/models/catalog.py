"""The networks Intaglio knows; a new one is its file and its line here."""

from intaglio.models.card import ModelCard
from intaglio.models.classify import alexnet, convnet, resnet50, resnet56, vgg16
from intaglio.models.style import adaattn, adain, lst, manet, mccnet, sanet, vgg_codec, wct
from intaglio.vocabulary.catalog import Catalog

MODELS: Catalog[ModelCard] = Catalog(
    "model",
    [
        (card.name, card)
        for card in (
            adain.CARD,
            wct.CARD,
            sanet.CARD,
            lst.CARD,
            manet.CARD,
            adaattn.CARD,
            mccnet.CARD,
            vgg_codec.CARD,
            convnet.CARD,
            alexnet.CARD,
            vgg16.CARD,
            resnet50.CARD,
            resnet56.CARD,
        )
    ],
)
