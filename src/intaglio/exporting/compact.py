"""`compacted`: a network without its constant channels, with the same output.

What a constant channel adds to the next convolution is the same everywhere, since pictures are padded by reflection: it is
folded into the bias there, and the channel is removed. Through the transfers of AdaIN and WCT a channel that has one value in
contents and styles keeps it.

The result is described by its widths; loading it needs nothing of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from intaglio.exporting.constants import Values, chain
from intaglio.models.style.network import Cascade, Stage
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import OptionError
from intaglio.vocabulary.spec import Spec


@dataclass(frozen=True)
class Removal:
    """What was removed from a layer."""

    name: str
    before: int
    """Channels."""
    after: int


def compacted(network: Pretrained, constants: Values, *, multiple: int = 1) -> tuple[Pretrained, list[Removal]]:
    """Remove constant channels.

    Args:
        network: a cascade of codecs; it stays as it is.
        constants: the value of each channel of its convolutions that has one, NaN elsewhere.
        multiple: widths are rounded up to a multiple of it, with channels that could go.

    Returns:
        The smaller network, dense, without training's heads; and what was removed, layer by layer.

    Raises:
        OptionError: it is no cascade, or a multiple below 1.

    """
    if not isinstance(network.network, Cascade):
        raise OptionError(f"{network.card.name} cannot be made smaller yet; WCT and AdaIN can")
    if multiple < 1:
        raise OptionError(f"widths cannot be multiples of {multiple}; give 1 or more, 8 and 16 suit processors")
    removals: list[Removal] = []
    codecs: list[CodecConfig] = []
    state: dict[str, Tensor] = {}
    for place, stage in enumerate(network.network.cascade()):
        codec, tensors = _stage(stage, f"stages.{place}", constants, multiple, removals)
        codecs.append(codec)
        state |= tensors
    config = _with_codecs(network.config, codecs)
    made = network.card.build(config)
    made.load_state_dict(state)
    return replace(network, config=config, network=made.eval().requires_grad_(False), ticket=None), removals


def _stage(
    stage: Stage, prefix: str, constants: Values, multiple: int, removals: list[Removal]
) -> tuple[CodecConfig, dict[str, Tensor]]:
    """The codec of a stage, smaller, and its weights."""
    layers = chain(stage, prefix)
    color = stage.encoder.layers[0]
    assert isinstance(color, nn.Conv2d)
    state = {f"{prefix}.encoder.layers.conv0.{name}": value for name, value in color.state_dict().items()}
    kept = torch.arange(3)
    carried = torch.zeros(len(layers[0][1].weight), dtype=torch.float64)
    for number, (name, conv) in enumerate(layers):
        weight, bias = conv.weight.detach().double(), conv.bias
        assert bias is not None
        last = number == len(layers) - 1
        values = torch.full((len(weight),), torch.nan) if last else constants[name]
        staying = _staying(values, multiple)
        state[f"{name}.weight"] = weight[staying][:, kept].float()
        state[f"{name}.bias"] = (bias.detach().double() + carried)[staying].float()
        if not last:
            gone = torch.ones(len(weight), dtype=torch.bool)
            gone[staying] = False
            behind = layers[number + 1][1].weight.detach().double()[:, gone].sum((2, 3))
            carried = behind @ values[gone].double()
            removals.append(Removal(name, len(weight), len(staying)))
        kept = staying
    widths = [len(state[f"{name}.weight"]) for name, _ in layers]
    depth = len(stage.config.widths)
    update: Mapping[str, object] = {
        "widths": tuple(widths[:depth]),
        "decoder_widths": tuple(widths[depth:-1]),
        "embedded": (),
    }
    codec = stage.config.model_copy(update=dict(update))
    if codec.mirrored == codec.decoder_widths:
        codec = codec.model_copy(update={"decoder_widths": None})
    return codec, state


def _staying(values: Tensor, multiple: int) -> Tensor:
    """The places of the channels that stay, in their order: those of several values, and some more to fill up."""
    alive = values.isnan()
    count = min(len(values), max(1, -(-int(alive.sum()) // multiple)) * multiple)
    # Stable: the living first, then those that could go.
    order = (~alive).int().argsort(stable=True)
    return order[:count].sort().values


def _with_codecs(config: Spec, codecs: list[CodecConfig]) -> Spec:
    """A configuration with other codecs, wherever it has them."""
    if "stages" in type(config).model_fields:
        return config.model_copy(update={"stages": tuple(codecs)})
    (codec,) = codecs
    return config.model_copy(update={"codec": codec})
