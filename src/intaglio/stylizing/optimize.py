"""`optimize`: a picture painted by descending on the objective of Gatys et al., from coarse to fine.

Gatys, Ecker & Bethge, Image Style Transfer Using Convolutional Neural Networks, CVPR 2016; the objective is in
`objectives/gatys.py`. No network is trained: the encoder only measures, and the pixels change.

Departures:
- Coarse to fine, as Gatys et al., Controlling Perceptual Factors in Neural Style Transfer, CVPR 2017, section 6: content and
  styles are halved as often as it takes, and each result, enlarged, is the next start. An encoder sees strokes of limited size,
  and on a coarse picture they are broad.
- It starts from the content, which keeps more of it than the paper's noise and needs fewer steps; `start` has both.
- Pixels keep to [0, 1], see `stylizing/descent.py`.
"""

import copy
import dataclasses
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from intaglio.images.resize import resized
from intaglio.models.style.loss_network import LossNetwork
from intaglio.objectives.gatys import GatysObjective, GatysWeights, require_content_layer
from intaglio.stylizing.descent import Method, descend
from intaglio.stylizing.footprint import require_memory
from intaglio.stylizing.options import KeepColors
from intaglio.stylizing.padding import PaddedPicture
from intaglio.stylizing.pixels import ArrayPixels
from intaglio.stylizing.resources import memory_limit
from intaglio.stylizing.styles import shares
from intaglio.stylizing.surroundings import exact_arithmetic
from intaglio.stylizing.track import Track
from intaglio.vocabulary.errors import PictureError
from intaglio.vocabulary.progress import Listener, Progress, ignore
from intaglio.vocabulary.seeds import derive_seed

# The longer side of the coarsest picture lies between this and twice this.
_COARSEST = 256


class OptimizeOptions(GatysWeights):
    """Everything about an optimization but the pictures and the encoder."""

    iterations: int = Field(default=100, ge=1)
    """Steps at each scale."""
    optimizer: Method = "lbfgs"
    """`lbfgs`, or `adam`, which needs less memory and more steps."""
    scales: int | None = Field(default=None, ge=1, le=16)
    """How many sizes there are, each half the next; None for as many as bring the longer side below 512 pixels."""
    start: Literal["content", "noise"] = "content"
    """What the coarsest scale begins with."""
    seed: int = 0
    """Of the noise."""
    weights: tuple[float, ...] = ()
    """Share of each style; empty means equal shares. They need not sum to 1."""
    stroke: float = Field(default=1.0, gt=0.0, allow_inf_nan=False)
    """Shorter side of a style read from a file as a share of the content's: larger means broader strokes."""
    keep_colors: KeepColors = "none"
    """How the colors of a content read from a file are kept; as in `StylizeOptions`."""


def optimize(
    content: Tensor,
    styles: Sequence[Tensor],
    loss_network: LossNetwork,
    options: OptimizeOptions | None = None,
    *,
    memory: int | None = None,
    listener: Listener = ignore,
) -> Tensor:
    """Paint the content in the style of one or more pictures.

    The same arguments give the same picture on the same machine. Time and memory are linear in the pixels; the encoder of the
    published 16x networks takes about 1.7 kB a pixel.

    Args:
        content: (1, 3, H, W) in [0, 1], any size, on the device to work on.
        styles: each (1, 3, h, w) in [0, 1], at the size at which it is to be seen beside the content.
        loss_network: the encoder that measures; a copy is made. With linear-embedding heads, lifted is better.
        options: how; `stroke` and `keep_colors` concern files and are not looked at.
        memory: bytes the process may hold; None for most of what is free.
        listener: told about progress.

    Returns:
        (1, 3, H, W) in [0, 1], float32, on the content's device.

    Raises:
        PictureError: a picture of another shape, or with values that are not finite.
        InputError: the encoder does not reach the content layer.
        OptionError: no style, weights that do not fit the styles, or weights so large that the objective is not finite.
        ResourceError: the picture is too large for the memory; checked before anything starts.

    """
    options = options or OptimizeOptions()
    parts = shares(options.weights, len(styles), False)
    named = [("content", content), *((f"style {index + 1}", style) for index, style in enumerate(styles))]
    for role, picture in named:
        _check_shape(picture, role)
    require_content_layer(loss_network, options.content_layer)
    config = loss_network.encoder.config
    height, width = content.shape[2:]
    on_cpu = content.device.type == "cpu"
    limit = memory_limit(memory) if on_cpu or memory else int(torch.cuda.mem_get_info(content.device)[0])
    largest = max((style.shape[2:] for style in styles), key=lambda size: size[0] * size[1])
    require_memory(config, _padded(height, width, config.scale), (largest[0], largest[1]), limit)
    for role, picture in named:
        if not bool(picture.isfinite().all()):
            raise PictureError(f"{role}: holds NaN or infinite values; give floats in [0, 1]")
    sizes = scale_sizes(height, width, options.scales)
    track = _Track(sizes, listener)
    result: Tensor | None = None
    with exact_arithmetic(gradients=True):
        network = copy.deepcopy(loss_network).to(content.device, torch.float32)
        for step, size in enumerate(sizes):
            share = size[0] / height
            goal = _fitted(content, size, config.scale)
            seen = [_fitted(style, _shrunk(style.shape[2:], share), config.scale, whole=False) for style in styles]
            objective = GatysObjective(network, goal, seen, parts, options)
            start = _start(goal, options) if result is None else _fitted(result, size, config.scale)
            painted = descend(_of(objective), start, options.optimizer, options.iterations, track.at(step))
            result = painted[:, :, : size[0], : size[1]]
    assert result is not None
    return result.contiguous()


def scale_sizes(height: int, width: int, scales: int | None) -> list[tuple[int, int]]:
    """Heights and widths from the coarsest to the full size, each half the next; `scales` None for as many as are useful."""
    if scales is None:
        scales = 1
        while max(height, width) >= _COARSEST * 2**scales:
            scales += 1
    return [_shrunk((height, width), 0.5**step) for step in range(scales - 1, -1, -1)]


def _of(objective: GatysObjective) -> Callable[[Tensor], Tensor]:
    return lambda picture: objective.total(objective.terms(picture.contiguous(memory_format=torch.channels_last)))


def _start(content: Tensor, options: OptimizeOptions) -> Tensor:
    if options.start == "content":
        return content
    # Drawn on the CPU, so that every device begins alike.
    generator = torch.Generator().manual_seed(derive_seed(options.seed, "optimize", "start"))
    return torch.rand(content.shape, generator=generator).to(content.device)


def _check_shape(picture: Tensor, role: str) -> None:
    if picture.dim() != 4 or picture.shape[:2] != (1, 3) or not picture.numel() or not picture.is_floating_point():
        raise PictureError(f"{role}: a tensor {tuple(picture.shape)} of {picture.dtype}; give floats (1, 3, H, W) in [0, 1]")


def _shrunk(size: Sequence[int], share: float) -> tuple[int, int]:
    return max(1, round(share * size[0])), max(1, round(share * size[1]))


def _padded(height: int, width: int, multiple: int) -> tuple[int, int]:
    """Sides the encoder takes: two features at its cut at least, and no pixel that a pool drops."""
    return max(2, -(-height // multiple)) * multiple, max(2, -(-width // multiple)) * multiple


def _fitted(picture: Tensor, size: tuple[int, int], multiple: int, *, whole: bool = True) -> Tensor:
    """At a size, in [0, 1], enlarged by reflection to what the encoder takes; not `whole`: only where it is too small."""
    pixels = np.ascontiguousarray(picture[0].permute(1, 2, 0).detach().cpu().float().numpy())
    if pixels.shape[:2] != size:
        pixels = np.asarray(resized(pixels, size[1], size[0]), dtype=np.float32)
    sides = _padded(*size, multiple) if whole else (max(size[0], 2 * multiple), max(size[1], 2 * multiple))
    padded = PaddedPicture(ArrayPixels(pixels), *sides).tensor(0, sides[0])
    return padded.clamp(0, 1).contiguous().to(picture.device)


class _Track:
    """Progress over the scales; the task of an event names the size and the objective."""

    def __init__(self, sizes: Sequence[tuple[int, int]], listener: Listener) -> None:
        self._loss, self._listener = 0.0, listener
        steps = [(f"{width}x{height}", float(height * width)) for height, width in sizes]
        self._track = Track(steps, sizes[-1][0] * sizes[-1][1] / 1e6, self._tell)

    def _tell(self, progress: Progress) -> None:
        self._listener(dataclasses.replace(progress, task=f"{progress.task}, objective {self._loss:.4g}"))

    def at(self, step: int) -> Callable[[float, float], None]:
        """Listener of one scale."""

        def report(share: float, loss: float) -> None:
            self._loss = loss
            self._track.at(step, share)

        return report
