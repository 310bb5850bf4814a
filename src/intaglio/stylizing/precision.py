"""Which arithmetic each layer runs in.

bfloat16 keeps 8 bits, and five whitening stages enlarge what rounding loses. Two measures bring the five-stage 16x cascade from 35 dB
to above 40 dB against float32, at nearly no cost:

- The layers where an error hurts most stay in float32: the first and the last of every encoder and decoder, which are also the
  cheap ones, and conv2_2 of the encoders (measured layer by layer).
- The input of every other layer is rounded around its mean. The means are those of a style picture: after the transfer, features
  have the style's statistics.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from intaglio.models.style.network import Stage, StyleNetwork
from intaglio.runtime.operators import Target
from intaglio.stylizing.options import Precision as Name
from intaglio.stylizing.pixels import PixelSource

_SENSITIVE = frozenset({"conv2_2"})
# Side of the piece of the style that means are taken from.
_SAMPLE = 256


class Precision:
    """Targets of the encoders and decoders of a cascade.

    Args:
        exact: float32 on the device of the run.
        encoders: for each stage.
        decoders: for each stage.
    """

    def __init__(self, exact: Target, encoders: Sequence[Target] = (), decoders: Sequence[Target] = ()) -> None:
        self.exact, self._encoders, self._decoders = exact, encoders, decoders

    @classmethod
    def choose(cls, name: Name, network: StyleNetwork, style: PixelSource, device: torch.device) -> "Precision":
        """The precision called `name`; `style` gives the means that low precision rounds around."""
        target = resolve(name, device)
        if target.dtype == torch.float32:
            return cls(target)
        exact = Target(device)
        sample = _sample(style)
        pairs = [_low_targets(stage, sample, target) for stage in network.cascade()]
        return cls(exact, [encoder for encoder, _ in pairs], [decoder for _, decoder in pairs])

    def encoder(self, index: int) -> Target:
        """Of stage `index`."""
        return self._encoders[index] if self._encoders else self.exact

    def decoder(self, index: int) -> Target:
        """Of stage `index`."""
        return self._decoders[index] if self._decoders else self.exact


def resolve(name: Name, device: torch.device) -> Target:
    """The target that most layers run on; `auto` takes bfloat16 where the hardware multiplies it natively."""
    if name == "auto":
        native = torch.cuda.is_bf16_supported() if device.type == "cuda" else torch.cpu._is_avx512_bf16_supported()
        return Target(device, torch.bfloat16 if native else torch.float32)
    return Target(device, torch.bfloat16 if name == "bfloat16" else torch.float32)


def _sample(style: PixelSource) -> Tensor:
    """The middle of a style picture, (1, 3, h, w)."""
    height, width = min(_SAMPLE, style.height), min(_SAMPLE, style.width)
    top, left = (style.height - height) // 2, (style.width - width) // 2
    pixels = torch.from_numpy(style.rows(top, top + height)[:, left : left + width, :3].copy())
    sample = pixels.permute(2, 0, 1)[None]
    # A style smaller than the encoders take is repeated; only means are wanted.
    repeats = [-(-32 // side) for side in (height, width)]
    return sample.repeat(1, 1, *repeats)


def _low_targets(stage: Stage, sample: Tensor, target: Target) -> tuple[Target, Target]:
    features, encoder = _low_target(stage.encoder.layers, sample, target)
    _, decoder = _low_target(stage.decoder, features, target)
    return encoder, decoder


def _low_target(layers: nn.Sequential, x: Tensor, target: Target) -> tuple[Tensor, Target]:
    """What the layers make of a sample, and their target: ends exact, the rest centered on the sample's means."""
    centers: dict[str, Tensor] = {}
    for name, layer in layers.named_children():
        if isinstance(layer, nn.Conv2d):
            # Rounded, so that subtracting it from zero is exact: most values behind a ReLU are zero.
            centers[name] = x.mean((0, 2, 3)).to(target.dtype).double()
        x = layer(x)
    names = [name for name, layer in layers.named_children() if isinstance(layer, nn.Conv2d) and layer.kernel_size != (1, 1)]
    exact = frozenset({names[0], names[-1]}) | (_SENSITIVE & centers.keys())
    return x, Target(target.device, target.dtype, exact=exact, centers=centers)
