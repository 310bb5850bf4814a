"""The student: an encoder of the teacher's layers with fewer channels, and the weights it starts from.

Wang et al. 2020, section 4: widths are the teacher's divided by four; the student starts from the filters with the largest L1
norm (Li et al., Pruning Filters for Efficient ConvNets, ICLR 2017), taken from the inputs that are kept.

Departures:
- Widths may be any, layer by layer.
- A student may start from random weights too, which the paper found to work, slower.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from intaglio.models.style.vgg_codec import CONVOLUTIONS, CodecConfig, Encoder, color_convolution_
from intaglio.vocabulary.errors import OptionError


def scaled_widths(widths: Sequence[int], share: float, *, multiple: int = 8) -> tuple[int, ...]:
    """Each width times `share`, rounded to the nearest `multiple`, and at least that.

    Raises:
        OptionError: a share outside (0, 1], or a multiple below 1.

    """
    if not 0 < share <= 1:
        raise OptionError(f"width {share:g} is not a share of the teacher's; give more than 0 and at most 1")
    if multiple < 1:
        raise OptionError(f"widths cannot be multiples of {multiple}; give 1 or more, 8 and 16 suit processors")
    return tuple(min(width, max(multiple, round(width * share / multiple) * multiple)) for width in widths)


def student_config(teacher: CodecConfig, widths: Sequence[int]) -> CodecConfig:
    """The teacher's codec with other widths, without heads.

    Args:
        teacher: of the encoder that teaches.
        widths: output channels of the first convolutions; those beyond the cut are left out, so one list serves all stages.

    Raises:
        OptionError: too few widths, or one that is larger than the teacher's.

    """
    needed = len(teacher.widths)
    if len(widths) < needed:
        raise OptionError(f"{teacher.cut} has {needed} convolutions, but {len(widths)} widths are given; give one for each")
    for name, ours, theirs in zip(CONVOLUTIONS, widths, teacher.widths, strict=False):
        if not 1 <= ours <= theirs:
            raise OptionError(f"width {ours} of {name} is not from 1 to the teacher's {theirs}; a student is not wider")
    return teacher.model_copy(update={"widths": tuple(widths[:needed]), "decoder_widths": None, "embedded": ()})


def start_from_largest_(student: Encoder, teacher: Encoder) -> None:
    """Copy the teacher's filters of largest L1 norm into the student, in the teacher's order, layer by layer."""
    kept = torch.arange(3)
    _copy_(_convolution(student, "conv0"), _convolution(teacher, "conv0"), kept, kept)
    for name in CONVOLUTIONS[: len(student.config.widths)]:
        ours, theirs = _convolution(student, name), _convolution(teacher, name)
        norms = theirs.weight.detach()[:, kept].abs().sum((1, 2, 3))
        chosen = norms.argsort(descending=True, stable=True)[: ours.out_channels].sort().values
        _copy_(ours, theirs, chosen, kept)
        kept = chosen


def start_from_random_(student: Encoder) -> None:
    """Fresh weights (He et al. 2015) behind VGG's own color convolution; the generator of torch is drawn from."""
    color_convolution_(_convolution(student, "conv0"))
    for name in CONVOLUTIONS[: len(student.config.widths)]:
        layer = _convolution(student, name)
        start_fresh_(layer)


def start_fresh_(layer: nn.Conv2d) -> None:
    """He et al. 2015, eq. 14; biases zero."""
    nn.init.kaiming_normal_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def _convolution(encoder: Encoder, name: str) -> nn.Conv2d:
    layer = encoder.layers.get_submodule(name)
    assert isinstance(layer, nn.Conv2d)
    return layer


@torch.no_grad()
def _copy_(ours: nn.Conv2d, theirs: nn.Conv2d, outputs: Tensor, inputs: Tensor) -> None:
    assert ours.bias is not None
    assert theirs.bias is not None
    ours.weight.copy_(theirs.weight[outputs][:, inputs])
    ours.bias.copy_(theirs.bias[outputs])
