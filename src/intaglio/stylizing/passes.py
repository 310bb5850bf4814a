"""What a cascade becomes when it is streamed: passes over the picture, each reading one file and writing one.

A stage's statistics must be complete before it can render, so a cascade of n stages is n + 1 passes. Between two of them
either the features of a stage are kept, which saves encoding them again, or, where they are many, the picture they are encoded
from:

    pass 0      picture -> encode 1 -> statistics 1, keep features 1
    pass i      features i -> transfer, decode i -> encode i+1 -> statistics i+1, keep features i+1 (or the picture before)
    pass n      features n -> transfer, decode n -> output

No picture between stages is ever rounded or clamped.
"""

from dataclasses import dataclass

from intaglio.models.style.affine import Affine
from intaglio.models.style.network import Stage
from intaglio.runtime.compile import compile_layers
from intaglio.runtime.operators import Operator, Target

# Features of up to this many values per pixel are kept; of more, the picture of 3 values is kept and encoded once more.
# Measured on the 16x networks: encoding relu2_1 again costs 0.04 s per megapixel, its 8 values 32 MB of disk.
FEATURE_VALUES = 4.0


@dataclass(frozen=True)
class Kept:
    """What one pass leaves for the next."""

    channels: int
    scale: int
    """Pixels per cell and axis."""
    encoded: bool
    """Features; otherwise the picture before the encoder."""

    @property
    def bytes_per_pixel(self) -> float:
        """Of the picture, in float32."""
        return 4 * self.channels / self.scale**2


def kept_after(stage: Stage) -> Kept:
    """What is kept of the input of `stage`."""
    channels, scale = stage.config.channels, stage.config.scale
    if channels / scale**2 <= FEATURE_VALUES:
        return Kept(channels, scale, encoded=True)
    return Kept(3, 1, encoded=False)


def encoder_operators(stage: Stage, target: Target) -> list[Operator]:
    """Picture to features."""
    return compile_layers(stage.encoder.layers, target)


def decoder_operators(stage: Stage, target: Target, affine: Affine | None) -> list[Operator]:
    """Features to picture, the transfer folded in if it is one map for the whole picture."""
    return compile_layers(stage.decoder, target, before=affine, even=True)
