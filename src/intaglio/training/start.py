"""What a network that is trained as one piece starts from: an encoder, fresh weights, layers of another network.

Fresh weights of the transfer are those that the network is built with, mostly as in the papers' codes: logits that are not to
be large depend on them, or a bias that is divided by. Those of the layers behind it are drawn as in He et al. 2015 and scaled,
so that the first pictures are nearly gray, whatever the encoder's features are like.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby, takewhile

import torch
from torch import Tensor, nn

from intaglio.distillation.student import start_fresh_
from intaglio.models.card import ModelCard
from intaglio.models.style.network import Cascade
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.vgg_codec import Encoder
from intaglio.storage.pretrained import Pretrained
from intaglio.training.assembly import seeded, start_gray_
from intaglio.vocabulary.errors import InputError
from intaglio.vocabulary.spec import Spec

_ENCODER = "encoder."


def fresh_network(card: ModelCard, config: Spec, encoder: Encoder, seed: int, batch: Mapping[str, Tensor]) -> SteppedNetwork:
    """A network around an encoder, with fresh weights that the seed decides, in evaluation mode.

    Args:
        card: of the network.
        config: of the network.
        encoder: as the configuration has it, but for its heads; copied.
        seed: of the draw.
        batch: "content" and "style" (N, 3, H, W) in [0, 1], to see how large features are.

    """
    with seeded(seed, card.name):
        network = card.build(config)
        assert isinstance(network, SteppedNetwork)
        layers = _painting(network)
        for layer in layers:
            start_fresh_(layer)
    network.encoder.layers.load_state_dict(encoder.layers.state_dict())
    network.eval()
    start_gray_(layers, _size_into(layers[0], network, batch) or 1.0)
    return network


def take_over_common_(network: SteppedNetwork, start: Pretrained) -> frozenset[str]:
    """Copy the layers that a network has in common with another, by name and shape; never those of the encoder.

    Fresh layers between the transfer and a decoder that was copied let features pass, where they keep the number of channels:
    the decoder knows those of its encoder, not mixtures.

    Args:
        network: to be changed.
        start: a network of steps; or a cascade, of whose decoders the one that fits best is taken, that of relu4_1 where the
            network decodes from there.

    Returns:
        The names of the tensors that were copied.

    Raises:
        InputError: they have nothing in common.

    """
    state = behind_encoder(network)
    # A deeper stage's decoder has the same layers in its end, but was made for other features: of equals, take the shallowest.
    found = max((_common(state, layers) for layers in _offers(start.network)), key=len, default={})
    if not found:
        raise InputError(
            f"{start.card.name} has no layer of a name and shape that the network has too; leave the start out, or give one of "
            "the same kind, or with a decoder, of the same widths"
        )
    network.load_state_dict(found, strict=False)
    names = {module: name for name, module in network.named_modules()}
    for layer in takewhile(lambda layer: f"{names[layer]}.weight" not in found, _painting(network)):
        if layer.in_channels == layer.out_channels:
            nn.init.dirac_(layer.weight)
    return frozenset(found)


def behind_encoder(network: SteppedNetwork) -> dict[str, Tensor]:
    """The tensors of a network but those of its encoder."""
    return {name: tensor for name, tensor in network.state_dict().items() if not name.startswith(_ENCODER)}


def refuse_untaught(network: SteppedNetwork, known: frozenset[str]) -> None:
    """Raise InputError if layers behind the encoder neither learn nor are among the `known`, by the names of their tensors."""
    fixed = [name for name, parameter in network.named_parameters() if not parameter.requires_grad]
    missing = [name for name in fixed if not name.startswith(_ENCODER) and name not in known]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise InputError(f"{missing[0]}{more} stay as they are in this training; give a start that has them in the same shape")


def _painting(network: SteppedNetwork) -> list[nn.Conv2d]:
    """The convolutions between the transfer and the picture."""
    chains = [part for part in network.steps()[-1].parts if isinstance(part, nn.Sequential)]
    return [layer for chain in chains for layer in chain if isinstance(layer, nn.Conv2d)]


def _size_into(layer: nn.Conv2d, network: SteppedNetwork, batch: Mapping[str, Tensor]) -> float:
    """Root mean square of what a layer is given."""
    seen: list[Tensor] = []
    with layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0])), torch.no_grad():
        network(batch["content"], batch["style"])
    return float(seen[0].square().mean().sqrt())


def _offers(network: nn.Module) -> Iterator[Mapping[str, Tensor]]:
    """What a network has to start from, each by name: all behind the encoder, or single decoders from the shallowest."""
    if isinstance(network, SteppedNetwork):
        yield network.state_dict()
    if isinstance(network, Cascade):
        for stage in sorted(network.cascade(), key=lambda stage: stage.config.scale):
            yield stage.decoder.state_dict()


def _common(state: Mapping[str, Tensor], offer: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of layers that are in both, all of them of the same shape; those of a single decoder have no prefix."""
    found: dict[str, Tensor] = {}
    for layer, own in groupby(state, key=lambda name: name.rpartition(".")[0]):
        names = list(own)
        theirs = [offer.get(name, offer.get(f"{layer.rpartition('.')[2]}.{name.rpartition('.')[2]}")) for name in names]
        if all(other is not None and other.shape == state[name].shape for name, other in zip(names, theirs, strict=True)):
            found |= {name: other for name, other in zip(names, theirs, strict=True) if other is not None}
    return found
