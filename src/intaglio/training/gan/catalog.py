"""The presets of GANs: networks and settings of their papers' recipes; a new one is its line here.

SNGAN and CycleGAN are those of GAN-LTH (Chen et al., GANs Can Play Lottery Tickets Too, ICLR 2021), the others those of
StudioGAN for CIFAR-10.

Departures:
- The generator moves after the discriminator's steps, as in the papers; in the code of GAN-LTH after the first of five.
- An epoch has no last, smaller batch: 50,000 steps of SNGAN are as many batches of 64 as there are in 320 epochs of CIFAR-10.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intaglio.vocabulary.catalog import Catalog


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Networks by their names in the catalog of models, and settings of a `GanSpec` or `CycleSpec`."""

    title: str
    """One line for lists."""
    generator: str
    discriminator: str
    settings: Mapping[str, Any]

    def filled(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Settings, and those of the preset for the rest, in tables as well."""
        tables = {
            name: {**usual, **settings[name]}
            for name, usual in self.settings.items()
            if isinstance(usual, Mapping) and isinstance(settings.get(name), Mapping)
        }
        return {**self.settings, **settings, **tables}


_STUDIO: Mapping[str, Any] = {"initialization": "orthogonal", "flip": True}
_ADAM: Mapping[str, Any] = {"learning_rate": 2e-4, "betas": (0.5, 0.999), "batch_size": 64}
# Two steps of the discriminator, and twice as many steps in all.
_DEEP: Mapping[str, Any] = {**_STUDIO, "critic_steps": 2, "training": {**_ADAM, "steps": 200_000}}
_RESNET: Mapping[str, Any] = {**_STUDIO, "critic_steps": 5, "training": {**_ADAM, "steps": 100_000}}
_BATCHES: Mapping[str, Any] = {"normalization": "batch"}


def _resnet(title: str, **settings: Any) -> Preset:
    return Preset(
        title=title, generator="resnet-generator", discriminator="resnet-discriminator", settings={**_RESNET, **settings}
    )


def _deep(title: str, loss: str) -> Preset:
    return Preset(
        title=title,
        generator="deep-conv-generator",
        discriminator="deep-conv-discriminator",
        settings={**_DEEP, "loss": loss},
    )


GANS: Catalog[Preset] = Catalog(
    "GAN",
    [
        (
            "sngan",
            _resnet(
                "SNGAN of GAN-LTH: hinge loss, spectral normalization of the discriminator, average of the generator",
                initialization="xavier-uniform",
                loss="hinge",
                flip=False,
                generator_batch=128,
                average=0.999,
                training={**_ADAM, "betas": (0.0, 0.9), "steps": 50_000},
            ),
        ),
        ("dcgan", _deep("DCGAN: transposed convolutions, cross entropy", "non-saturating")),
        ("ggan", _deep("geometric GAN: DCGAN's networks, hinge loss", "hinge")),
        ("wgan-gp", _resnet("WGAN-GP: gradient penalty", loss="wasserstein", penalty=10.0, discriminator=_BATCHES)),
        (
            "acgan",
            _resnet(
                "ACGAN: knows classes, and its discriminator tells them",
                loss="hinge",
                auxiliary=1.0,
                conditional=True,
                discriminator={**_BATCHES, "head": "auxiliary"},
            ),
        ),
        (
            "projgan",
            _resnet(
                "ProjGAN: knows classes, and its discriminator projects on them",
                loss="hinge",
                conditional=True,
                discriminator={**_BATCHES, "head": "projection"},
            ),
        ),
        (
            "sagan",
            _resnet(
                "SAGAN: ProjGAN with self-attention and spectral normalization of both networks",
                loss="hinge",
                conditional=True,
                generator={"attention": 2, "spectral_norm": True},
                discriminator={"head": "projection", "attention": 1},
            ),
        ),
    ],
)
"""From random numbers to pictures."""

TRANSLATIONS: Catalog[Preset] = Catalog(
    "translation",
    [
        (
            "cyclegan",
            Preset(
                title="CycleGAN of GAN-LTH: least squares, round trips, a mean score of patches",
                generator="cyclegan-generator",
                discriminator="patch-discriminator",
                settings={
                    "initialization": "normal",
                    "loss": "least-squares",
                    "crop": {"size": 256, "resize": "shorter", "to": 286, "flip": True},
                    # 200 epochs of the larger half of horse2zebra, the rate falling over the last 100.
                    "training": {
                        **_ADAM,
                        "batch_size": 1,
                        "steps": 266_800,
                        "schedule": "linear",
                        "hold": 0.5,
                    },
                },
            ),
        )
    ],
)
"""From pictures of one kind to those of another."""
