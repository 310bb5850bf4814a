"""The networks Intaglio knows; a new one is its file and its line here."""

from intaglio.models.card import ModelCard
from intaglio.models.classify import alexnet, convnet, resnet50, resnet56, vgg16
from intaglio.models.gan import (
    cyclegan_generator,
    deep_conv_discriminator,
    deep_conv_generator,
    patch_discriminator,
    resnet_discriminator,
    resnet_generator,
)
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
            resnet_generator.CARD,
            resnet_discriminator.CARD,
            deep_conv_generator.CARD,
            deep_conv_discriminator.CARD,
            cyclegan_generator.CARD,
            patch_discriminator.CARD,
        )
    ],
)
