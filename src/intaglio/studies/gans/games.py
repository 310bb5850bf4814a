"""Games by the name of their preset: which networks play, and how one is played with the pictures of a study."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from intaglio.models.card import ModelCard
from intaglio.models.catalog import MODELS
from intaglio.objectives.cyclegan import FIRST, SECOND
from intaglio.storage.pretrained import Pretrained
from intaglio.studies.action import Bench
from intaglio.studies.gans.steps import Play
from intaglio.training.gan.beginning import DISCRIMINATOR, GENERATOR, Beginning
from intaglio.training.gan.catalog import GANS, TRANSLATIONS, Preset
from intaglio.training.gan.cycle import REVERSE_DISCRIMINATOR, REVERSE_GENERATOR, cycle_spec, train_cycle
from intaglio.training.gan.train import gan_spec, train_gan
from intaglio.training.objective import Hook
from intaglio.vocabulary.catalog import Catalog

PICTURES = "pictures"
"""What a GAN learns from; translations learn from two kinds."""
PRESETS: Catalog[Preset] = Catalog("GAN", [*GANS.items(), *TRANSLATIONS.items()])
"""Of both."""


def generators(preset: str) -> dict[str, str]:
    """The generators of a game, and the name of the data that their pictures are to look like."""
    return {GENERATOR: SECOND, REVERSE_GENERATOR: FIRST} if preset in TRANSLATIONS else {GENERATOR: PICTURES}


def discriminators(preset: str) -> tuple[str, ...]:
    """The discriminators of a game."""
    return (DISCRIMINATOR, REVERSE_DISCRIMINATOR) if preset in TRANSLATIONS else (DISCRIMINATOR,)


def card_of(preset: str, part: str) -> ModelCard:
    """Of the network that has a part in a game."""
    known = PRESETS[preset]
    return MODELS[known.discriminator if part in discriminators(preset) else known.generator]


def play(spec: Play, beginning: Beginning, bench: Bench, folder: Path, hooks: Sequence[Hook]) -> Mapping[str, Pretrained]:
    """Play a game.

    Args:
        spec: which.
        beginning: the weights, masks and teacher that it names.
        bench: where its pictures are.
        folder: of the run; it goes on with what is there.
        hooks: called after every step.

    Returns:
        The networks by part, as `train_gan` and `train_cycle` give them.

    Raises:
        InputError: pictures that are not at hand or do not fit, or networks that do not.
        SpecError: settings that there are not.
        TrainingError: a loss that is not finite.

    """
    described: Any
    if spec.preset in TRANSLATIONS:
        kinds = bench.pictures(spec.data)
        described = cycle_spec(spec.preset, kinds, spec.settings, beginning, "settings")
        return train_cycle(described, beginning, kinds, folder, bench.conduct, hooks)
    data = bench.sources.classes(spec.data[PICTURES])
    described = gan_spec(spec.preset, data, spec.settings, beginning, "settings")
    return train_gan(described, beginning, data, folder, bench.conduct, hooks)
