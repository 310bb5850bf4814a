"""Parts of networks for other networks: encoders cut shorter, decoders to start from."""

from collections.abc import Collection

from intaglio.models.style.network import Cascade, StyleNetwork
from intaglio.models.style.vgg_codec import CodecConfig, Cut, Decoder, Encoder, depth_of
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import InputError


def encoders_of(pretrained: Pretrained, cuts: tuple[Cut, ...]) -> dict[Cut, Encoder]:
    """Frozen encoders to each of `cuts`: a style network's own where it has that stage, else the front of a deeper one.

    Raises:
        InputError: the network has no encoder that reaches so far.

    """
    network = pretrained.network
    own = network.encoders() if isinstance(network, StyleNetwork) else [network]
    found: dict[Cut, Encoder] = {}
    for cut in cuts:
        reaching = [encoder for encoder in own if isinstance(encoder, Encoder) and len(encoder.config.widths) >= depth_of(cut)]
        if not reaching:
            raise InputError(f"{pretrained.card.name} has no encoder that reaches {cut}; give a deeper one")
        nearest = min(reaching, key=lambda encoder: len(encoder.config.widths))
        config = nearest.config.model_copy(
            update={
                "cut": cut,
                "widths": nearest.config.widths[: depth_of(cut)],
                "decoder_widths": None,
                "embedded": _within(nearest, cut),
            }
        )
        found[cut] = shortened(nearest, config)
    return found


def _within(encoder: Encoder, cut: Cut) -> tuple[tuple[str, int], ...]:
    return tuple((layer, channels) for layer, channels in encoder.config.embedded if layer <= cut)


def decoders_of(pretrained: Pretrained) -> dict[Cut, Decoder]:
    """A style network's decoders by cut.

    Raises:
        InputError: it is no cascade.

    """
    network = pretrained.network
    if not isinstance(network, Cascade):
        raise InputError(f"{pretrained.card.name} is no cascade and has no decoders by stage; leave the start out, or give one")
    return {stage.config.cut: stage.decoder for stage in network.cascade()}


def shortened(encoder: Encoder, config: CodecConfig) -> Encoder:
    """A copy of the front of an encoder, as far as `config` reaches."""
    front = Encoder(config)
    state = encoder.state_dict()
    front.load_state_dict({name: state[name] for name in front.state_dict()})
    return front.eval().requires_grad_(False)


def take_over_(decoder: Decoder, other: Decoder) -> frozenset[str]:
    """Copy the tensors that two decoders have in common, by name and shape; returns their names."""
    state = other.state_dict()
    shapes = decoder.state_dict()
    common = {name: value for name, value in state.items() if name in shapes and value.shape == shapes[name].shape}
    decoder.load_state_dict(common, strict=False)
    return frozenset(common)


def told_unfit(names: Collection[str], taken: Collection[str], start: Collection[str]) -> str | None:
    """A sentence on layers that begin fresh though the start has one of that name; None if there is none.

    Args:
        names: of the tensors of a network.
        taken: those of them that were copied from the start.
        start: names of the start's tensors.

    """
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in names if name in start and name not in taken))
    if not layers:
        return None
    named = ", ".join(layers[:3]) + (f" and {len(layers) - 3} more" if len(layers) > 3 else "")
    return f"{named} begin fresh: the start has them in other widths, which are settings of the network"
