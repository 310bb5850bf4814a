"""Loss networks from artifacts: an encoder, or the deepest encoder of a style network."""

from pathlib import Path

from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import StyleNetwork
from intaglio.models.style.vgg_codec import Encoder
from intaglio.storage.artifact import from_pretrained
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import OptionError


def read_loss_network(folder: str | Path) -> LossNetwork:
    """A frozen loss network, on the CPU, its features lifted by linear-embedding heads where it has them.

    Args:
        folder: an artifact, of an encoder or of a style network, of whose encoders the deepest is taken.

    Raises:
        InputError: `folder` is not an artifact, damaged, or of another kind.

    """
    return LossNetwork(deepest_encoder(from_pretrained(folder)))


def deepest_encoder(pretrained: Pretrained) -> Encoder:
    """The encoder of an artifact: itself, or that of a style network's deepest stage.

    Raises:
        OptionError: it is neither.

    """
    network = pretrained.network
    if isinstance(network, StyleNetwork):
        return max(network.encoders(), key=lambda encoder: len(encoder.config.widths))
    if isinstance(network, Encoder):
        return network
    raise OptionError(f"the model {pretrained.card.name!r} has no encoder to optimize with; give an encoder or a style network")
