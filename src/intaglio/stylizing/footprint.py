"""What optimizing a picture holds in memory: every activation of the encoder, since gradients go back through all of them.

The amount is linear in the pixels, and nothing can be streamed: each step needs the Gram matrices of the whole picture before
the gradient of its first pixel is known.
"""

import math

from intaglio.models.style.vgg_codec import CONVOLUTIONS, CodecConfig
from intaglio.vocabulary.errors import ResourceError
from intaglio.vocabulary.quantities import format_bytes

# Interpreter, torch, its kernels and libvips before any picture is opened; and what the allocator holds back.
_PROCESS, _SLACK = 420_000_000, 1.15
_FLOAT, _INDEX = 4, 8
# Pictures that are alive beside the activations: ten pairs of steps of L-BFGS, its directions, content, start and result.
_PICTURES = 32
# Tensors of the widest layer that one step of going back needs at a time.
_TRANSIENT = 3


def bytes_per_pixel(config: CodecConfig) -> float:
    """Of the picture that is optimized: activations kept for the gradient, and the state of the optimizer."""
    kept, inputs = 3.0 * 2, 3
    widest = 0.0
    for name, outputs in zip(CONVOLUTIONS, config.widths, strict=False):
        area = 4.0 ** -(int(name[4]) - 1)
        # The padded input, and the output after its ReLU; behind a pool the pooled features and where they came from.
        kept += area * (inputs + outputs)
        if name.endswith("_1") and name != CONVOLUTIONS[0]:
            kept += area * inputs * (1 + _INDEX / _FLOAT)
        widest, inputs = max(widest, area * max(inputs, outputs)), outputs
    return _FLOAT * (kept + _TRANSIENT * widest + 3 * _PICTURES)


def require_memory(config: CodecConfig, height: int, width: int, limit: int) -> int:
    """Bytes that optimizing a picture takes, the process included.

    Args:
        config: of the encoder.
        height: of the picture, pixels.
        width: of the picture, pixels.
        limit: bytes that may be taken.

    Raises:
        ResourceError: it is more; the message says what size would fit.

    """
    each = _SLACK * bytes_per_pixel(config)
    needed = int(_PROCESS + each * height * width)
    if needed > limit:
        share = math.sqrt(max(0.0, limit - _PROCESS) / each / (height * width))
        across, down = int(share * width), int(share * height)
        fitting = f"{across}x{down} fits: make the picture smaller" if min(across, down) >= 1 else "no size fits: free some"
        raise ResourceError(
            f"optimizing {width}x{height} takes {format_bytes(needed)} and {format_bytes(limit)} is allowed; {fitting}, "
            "or take a style network, which needs no more memory for a larger picture"
        )
    return needed
