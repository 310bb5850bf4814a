"""What optimizing a picture holds in memory: every activation of the encoder, since gradients go back through all of them.

The amount is linear in the pixels, and nothing can be streamed: each step needs the Gram matrices of the whole picture before
the gradient of its first pixel is known. Compared with resident memory measured at 0.2 and 0.8 megapixels, the estimate is
3 % above for the published 16x encoder and 17 % above for one of full width.
"""

import itertools
import math

from intaglio.models.style.vgg_codec import CONVOLUTIONS, CodecConfig
from intaglio.vocabulary.errors import ResourceError
from intaglio.vocabulary.quantities import format_bytes

# Interpreter, torch, its kernels and libvips before any picture is opened; and what the allocator holds back.
_PROCESS, _SLACK = 420_000_000, 1.2
_FLOAT, _INDEX = 4, 8
# Pictures that are alive beside the activations: ten pairs of steps of L-BFGS, its directions, content, start and result.
_PICTURES = 52
# Tensors of the widest layer that one step through the encoder needs at a time, forth or back.
_TRANSIENT = 3
# Weights, a copy, and the order that convolutions like them in.
_WEIGHTS = 2


def bytes_per_pixel(config: CodecConfig) -> float:
    """Of the picture that is optimized: activations kept for the gradient, and the state of the optimizer."""
    kept, inputs = 3.0 * 2, 3
    for name, outputs in zip(CONVOLUTIONS, config.widths, strict=False):
        # The padded input, and the output after its ReLU; behind a pool the pooled features and where they came from.
        kept += _area(name) * (inputs + outputs)
        if name.endswith("_1") and name != CONVOLUTIONS[0]:
            kept += _area(name) * inputs * (1 + _INDEX / _FLOAT)
        inputs = outputs
    return _FLOAT * (kept + _TRANSIENT * _widest(config) + 3 * _PICTURES)


def require_memory(config: CodecConfig, size: tuple[int, int], styles: tuple[int, int], limit: int) -> int:
    """Bytes that optimizing a picture takes, the process included.

    Args:
        config: of the encoder.
        size: height and width of the picture, pixels.
        styles: height and width of the largest style, pixels.
        limit: bytes that may be taken.

    Raises:
        ResourceError: it is more; the message says what size would fit.

    """
    widths = [3, *config.widths]
    fixed = _PROCESS + _WEIGHTS * _FLOAT * 9 * sum(a * b for a, b in itertools.pairwise(widths))
    needed = _needed(fixed, bytes_per_pixel(config), size, limit, "optimizing a picture of", "make the picture smaller")
    # Styles are read without gradients, one after the other; what they are compared at is kept.
    tapped = sum(_area(name) * width for name, width in zip(CONVOLUTIONS, config.widths, strict=False) if name.endswith("_1"))
    passing = _FLOAT * (tapped + _TRANSIENT * _widest(config) + 3 * 3)
    return max(needed, _needed(fixed, passing, styles, limit, "reading a style of", "give a smaller stroke"))


def _needed(fixed: int, each: float, size: tuple[int, int], limit: int, task: str, advice: str) -> int:
    height, width = size
    needed = int(fixed + _SLACK * each * height * width)
    if needed > limit:
        share = math.sqrt(max(0.0, limit - fixed) / (_SLACK * each * height * width))
        down, across = int(share * height), int(share * width)
        raise ResourceError(
            f"{task} {width}x{height} takes {format_bytes(needed)} and {format_bytes(limit)} is allowed; "
            + (f"{across}x{down} fits: {advice}, or raise --memory" if min(down, across) else "raise --memory")
        )
    return needed


def _area(layer: str) -> float:
    """Positions of a layer per pixel of the picture."""
    return 4.0 ** (1 - int(layer[4]))


def _widest(config: CodecConfig) -> float:
    """Values per pixel of the largest layer."""
    return max(_area(name) * width for name, width in zip(CONVOLUTIONS, config.widths, strict=False))
