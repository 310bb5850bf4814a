"""Loss networks from artifacts: an encoder, or the deepest encoder of a style network."""

from pathlib import Path

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import StyleNetwork
from intaglio.models.style.vgg_codec import Encoder
from intaglio.storage.artifact import from_pretrained
from intaglio.vocabulary.errors import InputError


def read_loss_network(folder: str | Path) -> LossNetwork:
    """A frozen loss network, on the CPU, its features lifted by linear-embedding heads where it has them.

    Args:
        folder: an artifact, of an encoder or of a style network, of whose encoders the deepest is taken.

    Raises:
        InputError: `folder` is not an artifact, damaged, or of another kind.

    """
    network = from_pretrained(folder).network
    if isinstance(network, StyleNetwork):
        network = max((stage.encoder for stage in network.cascade()), key=lambda encoder: len(encoder.config.widths))
    if not isinstance(network, Encoder):
        raise InputError(f"{folder} holds neither an encoder nor a style network; give one as loss network")
    return LossNetwork(network)
