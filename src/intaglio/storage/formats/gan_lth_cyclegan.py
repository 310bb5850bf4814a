"""CycleGAN in the names of VITA-Group/GAN-LTH, which are those of junyanz/pytorch-CycleGAN-and-pix2pix: numbers in a sequence.

A file holds the state dict of one network, `netG_A2B_epoch_199.pth` or `netD_A_seed_1.pth.tar` for instance; any number of
residual blocks and any widths. Scales and shifts of instance normalization are read where they are. Generators that were pruned
become tickets.

Departures:
- Running statistics of instance normalization, which old files have and nothing uses, are dropped.
- Whether the scores of patches are averaged does not stand in the file; they are, as in GAN-LTH.
"""

from pathlib import Path

from intaglio.storage.formats.gan_lth import build_from, read_checkpoint
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source
from intaglio.vocabulary.errors import WeightsError

_UNUSED = ("num_batches_tracked", "running_mean", "running_var")
_FIRST_BLOCK = 10


def _read_generator(file: Path, _: ImportOptions) -> Pretrained:
    checkpoint = read_checkpoint(file, unused=_UNUSED)
    blocks = 0
    while f"model.{_FIRST_BLOCK + blocks}.conv_block.1.weight" in checkpoint.state:
        blocks += 1
    up = _FIRST_BLOCK + blocks
    layers = {"model.1": "first", "model.2": "first_norm", "model.4": "down1", "model.5": "down1_norm", "model.7": "down2"}
    for number in range(blocks):
        block = f"model.{_FIRST_BLOCK + number}.conv_block"
        layers |= {f"{block}.{there}": f"blocks.{number}.{here}" for there, here in ((1, "conv1"), (2, "norm1"), (5, "conv2"))}
    layers |= {f"model.{up}": "up1", f"model.{up + 1}": "up1_norm", f"model.{up + 3}": "up2", f"model.{up + 4}": "up2_norm"}
    layers[f"model.{up + 7}"] = "last"
    first, second, trunk = (checkpoint.shape(f"model.{place}.weight")[0] for place in (1, 4, 7))
    inner = [checkpoint.shape(f"model.{_FIRST_BLOCK + number}.conv_block.1.weight")[0] for number in range(blocks)]
    third, fourth = (checkpoint.shape(f"model.{place}.weight")[1] for place in (up, up + 3))
    if not blocks or trunk % 4:
        raise WeightsError(f"{file} has {blocks} blocks of {trunk} channels; it is a file of another network")
    width, widths = trunk // 4, [first, second, *inner, third, fourth]
    usual = [width, 2 * width, *[trunk] * blocks, 2 * width, width]
    described = {
        "blocks": blocks,
        "width": width,
        "widths": None if widths == usual else widths,
        "affine": "model.2.weight" in checkpoint.state,
    }
    return build_from(checkpoint, GENERATOR.model, described, layers, Source(format=GENERATOR.name))


def _read_discriminator(file: Path, _: ImportOptions) -> Pretrained:
    checkpoint = read_checkpoint(file, unused=_UNUSED)
    layers = {"model.0": "first", "model.11": "score"}
    for number, place in enumerate((2, 5, 8)):
        layers |= {f"model.{place}": f"convs.{number}", f"model.{place + 1}": f"norms.{number}"}
    widths = [checkpoint.shape(f"model.{place}.weight")[0] for place in (0, 2, 5, 8)]
    described = {"widths": widths, "affine": "model.3.weight" in checkpoint.state}
    return build_from(checkpoint, DISCRIMINATOR.model, described, layers, Source(format=DISCRIMINATOR.name))


GENERATOR = ImportFormat(
    name="cyclegan-generator",
    title="generator of CycleGAN of VITA-Group/GAN-LTH, pruned or not, or of pytorch-CycleGAN-and-pix2pix",
    model="cyclegan-generator",
    takes="file",
    holds="its state dict, netG_A2B_epoch_199.pth for instance",
    read=_read_generator,
)
DISCRIMINATOR = ImportFormat(
    name="cyclegan-discriminator",
    title="discriminator of CycleGAN of VITA-Group/GAN-LTH or of pytorch-CycleGAN-and-pix2pix",
    model="patch-discriminator",
    takes="file",
    holds="its state dict, netD_A_epoch_199.pth for instance",
    read=_read_discriminator,
)
