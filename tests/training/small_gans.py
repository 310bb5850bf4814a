"""GANs of a few channels for the tests of training."""

from pathlib import Path
from typing import Any

from data.small_classes import labelled
from data.training_pictures import filled
from intaglio.data.folder import PictureFolder
from intaglio.data.labelled import LabelledPictures
from intaglio.objectives.cyclegan import FIRST, SECOND
from intaglio.training.gan.beginning import Beginning
from intaglio.training.gan.catalog import GANS
from intaglio.training.gan.cycle import cycle_spec
from intaglio.training.gan.spec import CycleSpec, GanSpec
from intaglio.training.gan.train import gan_spec, side_of

NETWORKS: dict[str, dict[str, Any]] = {
    "resnet-generator": {"latent": 5, "width": 4, "blocks": 2, "bottom": 2},
    "deep-conv-generator": {"latent": 5, "width": 4, "widths": (4, 4, 4)},
    "resnet-discriminator": {"width": 4},
    "deep-conv-discriminator": {"widths": (4,) * 7},
}
FRESH = Beginning()


def small_gan(name: str, beginning: Beginning = FRESH, *, steps: int = 3, **settings: Any) -> tuple[GanSpec, LabelledPictures]:
    """A preset of narrow networks and small batches, and noise to learn from."""
    preset = GANS[name]
    narrow = {
        "generator": {**NETWORKS[preset.generator], **preset.settings.get("generator", {})},
        "discriminator": {**preset.settings.get("discriminator", {}), **NETWORKS[preset.discriminator]},
        "critic_steps": 2,
        "generator_batch": 3,
        "training": {"steps": steps, "batch_size": 3},
    }
    settings = {**narrow, **settings}
    data = labelled(side=side_of(name, settings, beginning))
    return gan_spec(name, data, settings, beginning, "test"), data


def small_cycle(
    folder: Path, beginning: Beginning = FRESH, *, steps: int = 3, **settings: Any
) -> tuple[CycleSpec, dict[str, PictureFolder]]:
    """CycleGAN of narrow networks, and two kinds of noise."""
    pictures = {kind: PictureFolder.scan(filled(folder / kind, 4)) for kind in (FIRST, SECOND)}
    narrow = {
        "generator": {"width": 2, "blocks": 1},
        "discriminator": {"widths": (2, 2, 2, 2)},
        "crop": {"size": 24, "to": 26},
        "training": {"steps": steps},
    }
    return cycle_spec("cyclegan", pictures, {**narrow, **settings}, beginning, "test"), pictures
