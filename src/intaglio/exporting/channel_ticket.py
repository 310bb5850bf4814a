"""`channel_ticket`: the network that a training began with, without the channels that slimming found to matter little.

Chen, Zhang, Sui & Chen, GANs Can Play Lottery Tickets Too, ICLR 2021: channel tickets. Everything that belongs to a channel
which stays is rewound: weights, biases, scales and shifts, running statistics, vectors of spectral normalization. An average
of parameters begins anew, from these weights, when the narrower network is trained.

Departures:
- The code of GAN-LTH copies the convolutions inside blocks and the last one, and leaves linear layers, shortcuts and the norms
  between blocks as they were drawn anew. Here the whole state is rewound: with all channels kept it is the initial network.
- Vectors of spectral normalization are found anew for weights that became smaller, as for those that are drawn.
"""

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from intaglio.models.gan.spectral import SpectralNorm
from intaglio.pruning.channel_scales import Among, refuse_other_scales, surviving
from intaglio.pruning.widths.channels import layers_of
from intaglio.pruning.widths.joints import described, without
from intaglio.pruning.widths.narrowable import narrowable
from intaglio.storage.pretrained import Pretrained, assemble
from intaglio.vocabulary.errors import OptionError


def channel_ticket(
    begun: Pretrained, scales: Mapping[str, Tensor], keep: float | None = None, among: Among = "network"
) -> Pretrained:
    """Take channels out of the network that a training began with.

    Args:
        begun: with the weights to train from, complete; it stays as it is.
        scales: trained, (channels,) each, by the names of its widths; widths without scales stay whole.
        keep: share of these channels that stays, in (0, 1]; None for all whose scale is not zero.
        among: "network", where all scales compete for the share, or "layer", where every width keeps it.

    Returns:
        The narrower network, dense, its widths in its configuration; with all channels kept the same to the bit.

    Raises:
        OptionError: a share out of range, scales of another network, a width that would vanish, a network that is a sparse
            ticket, or a kind whose widths are no configuration.

    """
    if begun.ticket is not None:
        raise OptionError("channels are taken out of a dense network, and this one has a mask; give the one it was pruned from")
    widths = narrowable(begun.card, begun.config, begun.network)
    refuse_other_scales(scales, widths)
    kept = surviving(scales, keep, among)
    gone = [joint for name, stays in kept.items() for joint, stay in zip(widths[name], stays.tolist(), strict=True) if not stay]
    layers, whole = layers_of(begun.network), begun.network.state_dict()
    state = without(whole, layers, [place for joint in gone for place in joint.places])
    config = described(begun.card, begun.config, layers, state) if gone else begun.config
    # Widths are free one by one, and so together.
    assert config is not None
    state = {name: tensor.clone() for name, tensor in state.items()}
    made = assemble(begun.card, config, state, source=begun.source, where="the narrower network")
    for name, layer in made.network.named_modules():
        if isinstance(layer, SpectralNorm) and layer.weight.shape != whole[f"{name}.weight"].shape:
            layer.find_vectors_()
    made.network.requires_grad_(False)
    count = sum(len(stays) for stays in kept.values())
    note = f"Channels: {count - len(gone):,} of {count:,} are left, and these have the weights that training began with."
    return replace(made, source=begun.source.model_copy(update={"notes": (*begun.source.notes, note)}))
