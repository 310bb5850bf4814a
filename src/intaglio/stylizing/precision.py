"""Which arithmetic each layer runs in.

bfloat16 keeps 8 bits, and five whitening stages enlarge what rounding loses: with every layer in it, the 16x cascade comes
within 35 dB of float32 only. Three measures bring it above 40 dB:

- Encoders stay in float32: what is whitened must be exact (measured layer by layer, they do most of the harm).
- So do the first and the last layer of every decoder, which are also the cheap ones.
- The input of every other layer is rounded around its mean. The means are those of a style picture: after the transfer,
  features have the style's statistics.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from intaglio.models.style.network import Cascade, Stage
from intaglio.runtime.operators import Target
from intaglio.runtime.runtime import Runtime
from intaglio.stylizing.options import Precision as Name
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.pixels import PixelSource

# Side of the piece of the style that means are taken from.
_SAMPLE = 256


class Precision:
    """Targets of the encoders and decoders of a cascade.

    Args:
        exact: float32 on the device of the run; the encoders' target.
        decoders: of each stage; `exact` for all where none are given.

    """

    def __init__(self, exact: Target, decoders: Sequence[Target] = ()) -> None:
        self.exact, self._decoders = exact, decoders

    @classmethod
    def choose(cls, options: StylizeOptions, network: Cascade, style: PixelSource, device: torch.device) -> "Precision":
        """The precision that is asked for; `style` gives the means that low precision rounds around."""
        target = resolve(options.precision, device, options.runtime)
        if target.dtype == torch.float32:
            return cls(target)
        sample = _sample(style)
        return cls(
            replace(target, dtype=torch.float32), [_decoder_target(stage, sample, target) for stage in network.cascade()]
        )

    def decoder(self, index: int) -> Target:
        """Of stage `index`."""
        return self._decoders[index] if self._decoders else self.exact


def resolve(name: Name, device: torch.device, runtime: Runtime = "dense") -> Target:
    """The target of the decoders; `auto` takes bfloat16 where it is faster: on graphics cards, and on processors with AMX.

    With AVX-512 alone it is not: the float32 kernel does half the multiplications.
    """
    if name == "auto":
        faster = torch.cuda.is_bf16_supported() if device.type == "cuda" else torch.cpu._is_amx_tile_supported()
        return Target(device, torch.bfloat16 if faster else torch.float32, runtime=runtime)
    return Target(device, torch.bfloat16 if name == "bfloat16" else torch.float32, runtime=runtime)


def _sample(style: PixelSource) -> Tensor:
    """The middle of a style picture, (1, 3, h, w)."""
    height, width = min(_SAMPLE, style.height), min(_SAMPLE, style.width)
    top, left = (style.height - height) // 2, (style.width - width) // 2
    pixels = torch.from_numpy(style.rows(top, top + height)[:, left : left + width, :3].copy())
    sample = pixels.permute(2, 0, 1)[None]
    # A style smaller than the encoders take is repeated; only means are wanted.
    repeats = [-(-32 // side) for side in (height, width)]
    return sample.repeat(1, 1, *repeats)


def _decoder_target(stage: Stage, sample: Tensor, low: Target) -> Target:
    """Ends exact, the rest centered on the means that a sample of the style has there."""
    x = stage.encoder(sample)
    centers: dict[str, Tensor] = {}
    for name, layer in stage.decoder.named_children():
        if isinstance(layer, nn.Conv2d):
            # Rounded, so that subtracting it from zero is exact: most values behind a ReLU are zero.
            centers[name] = x.mean((0, 2, 3)).to(low.dtype).double()
        x = layer(x)
    names = list(centers)
    return replace(low, exact=frozenset({names[0], names[-1]}), centers=centers)
