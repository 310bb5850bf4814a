"""Small VGG encoders with random weights that let a picture through."""

from intaglio.models.catalog import MODELS
from intaglio.models.style.vgg_codec import CodecConfig, Cut, Encoder, depth_of
from intaglio.storage.pretrained import Pretrained
from lively import enliven_

NARROW = (3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7)


def encoder(cut: Cut, *, lifted: bool = False, seed: int = 0) -> Encoder:
    """An encoder up to a cut; `lifted` gives the first layer of each scale an embedding of twice its channels."""
    layers = [f"relu{scale}_1" for scale in range(1, int(cut[4]) + 1)]
    bare = CodecConfig(cut=cut, widths=NARROW[: depth_of(cut)])
    config = bare.model_copy(update={"embedded": tuple((name, 2 * bare.width_of(name)) for name in layers if lifted)})
    network = Encoder(config)
    enliven_(network, seed)
    return network.eval()


def artifact(cut: Cut, *, seed: int = 0) -> Pretrained:
    """The same as from disk."""
    network = encoder(cut, seed=seed)
    return Pretrained(card=MODELS["vgg-encoder"], config=network.config, network=network)
