"""The checkpoints of other projects that can be imported; a new format is its file and its line here."""

from intaglio.storage.formats import (
    adaattn,
    collaborative_distillation,
    gan_lth_cyclegan,
    gan_lth_sngan,
    lst,
    manet,
    mccnet,
    pytorch_adain,
    sanet,
    torchvision_classifiers,
    torchvision_vgg19,
    vgg_normalised,
)
from intaglio.storage.import_format import ImportFormat
from intaglio.vocabulary.catalog import Catalog

IMPORT_FORMATS: Catalog[ImportFormat] = Catalog(
    "import format",
    [
        (form.name, form)
        for form in (
            collaborative_distillation.FORMAT,
            pytorch_adain.FORMAT,
            sanet.FORMAT,
            lst.FORMAT,
            manet.FORMAT,
            adaattn.FORMAT,
            mccnet.FORMAT,
            lst.LOSS_NETWORK,
            vgg_normalised.FORMAT,
            torchvision_vgg19.FORMAT,
            *torchvision_classifiers.FORMATS,
            gan_lth_sngan.GENERATOR,
            gan_lth_sngan.DISCRIMINATOR,
            gan_lth_cyclegan.GENERATOR,
            gan_lth_cyclegan.DISCRIMINATOR,
        )
    ],
)
