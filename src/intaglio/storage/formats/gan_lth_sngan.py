"""SNGAN for pictures of 32 x 32 as trained by VITA-Group/GAN-LTH, of any width: a generator or a discriminator.

Files are `initial_gen_net.pth` and `initial_dis_net.pth`, bare state dicts, or checkpoints of a run, `checkpoint_<round>.pth`,
which hold both networks. Generators that were pruned become tickets.

Departures:
- Of a run's checkpoint the trained weights are read; the moving average of the generator's weights is not.
- A pruned discriminator has zeros and no mask there, and is read as a dense network.
- Counts of batches, which torch keeps beside the statistics of batch normalization, are dropped.
"""

from math import isqrt
from pathlib import Path

from intaglio.storage.formats.gan_lth import REPOSITORY, build_from, read_checkpoint
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source
from intaglio.vocabulary.errors import WeightsError

_UNUSED = ("num_batches_tracked",)
_IN_GENERATOR = {"c1": "conv1", "c2": "conv2", "b1": "norm1", "b2": "norm2", "c_sc": "shortcut"}
_IN_DISCRIMINATOR = {"c1": "conv1", "c2": "conv2", "c_sc": "shortcut"}
_BLOCKS = 4


def _read_generator(file: Path, _: ImportOptions) -> Pretrained:
    checkpoint = read_checkpoint(file, under="gen_state_dict", unused=_UNUSED)
    blocks = 0
    while f"block{blocks + 2}.c1.weight" in checkpoint.state:
        blocks += 1
    rows, latent = checkpoint.shape("l1.weight", 2)
    width = checkpoint.shape(f"c{blocks + 2}.weight")[1]
    bottom = isqrt(rows // width)
    if bottom**2 * width != rows:
        raise WeightsError(f"{file}: {rows} outputs of l1 are no square of {width} channels; it is a file of another network")
    hidden = [checkpoint.shape(f"block{number + 2}.c1.weight")[0] for number in range(blocks)]
    layers = {"l1": "linear", f"b{blocks + 2}": "norm", f"c{blocks + 2}": "last"}
    for number in range(blocks):
        layers |= {f"block{number + 2}.{theirs}": f"blocks.{number}.{ours}" for theirs, ours in _IN_GENERATOR.items()}
    described = {"latent": latent, "width": width, "blocks": blocks, "bottom": bottom, "hidden": _unless(hidden, width)}
    return build_from(checkpoint, GENERATOR.model, described, layers, _source(GENERATOR))


def _read_discriminator(file: Path, _: ImportOptions) -> Pretrained:
    checkpoint = read_checkpoint(file, under="dis_state_dict", unused=_UNUSED)
    spectral = "block1.c2.weight_orig" in checkpoint.state
    weight = "weight_orig" if spectral else "weight"
    width = checkpoint.shape(f"block1.c2.{weight}")[0]
    hidden = [checkpoint.shape(f"block{number + 1}.c1.{weight}")[0] for number in range(_BLOCKS)]
    layers = {"l5": "head.score"}
    for number in range(_BLOCKS):
        layers |= {f"block{number + 1}.{theirs}": f"blocks.{number}.{ours}" for theirs, ours in _IN_DISCRIMINATOR.items()}
    described = {"width": width, "hidden": _unless(hidden, width), "normalization": "spectral" if spectral else "none"}
    return build_from(checkpoint, DISCRIMINATOR.model, described, layers, _source(DISCRIMINATOR))


def _unless(hidden: list[int], width: int) -> list[int] | None:
    """Hidden widths, where they are not all the usual one."""
    return None if set(hidden) == {width} else hidden


def _source(form: ImportFormat) -> Source:
    return Source(format=form.name, repository=REPOSITORY)


GENERATOR = ImportFormat(
    name="gan-lth-sngan-generator",
    title="generator of SNGAN of VITA-Group/GAN-LTH, pruned or not",
    model="resnet-generator",
    takes="file",
    holds="a state dict (initial_gen_net.pth), or a run's checkpoint",
    read=_read_generator,
)
DISCRIMINATOR = ImportFormat(
    name="gan-lth-sngan-discriminator",
    title="discriminator of SNGAN of VITA-Group/GAN-LTH",
    model="resnet-discriminator",
    takes="file",
    holds="a state dict (initial_dis_net.pth), or a run's checkpoint",
    read=_read_discriminator,
)
