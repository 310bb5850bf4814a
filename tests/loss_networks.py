"""Narrow loss networks with random weights that keep the size of the signal."""

from intaglio.models.catalog import MODELS
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.vgg_codec import CodecConfig, Cut, Encoder, depth_of
from intaglio.storage.pretrained import Pretrained
from lively import enliven_


def narrow_config(cut: Cut = "relu5_1", *, heads: bool = True) -> CodecConfig:
    widths = (3, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6)[: depth_of(cut)]
    return CodecConfig(cut=cut, widths=widths, embedded=(("relu1_1", 7), ("relu4_1", 8)) if heads else ())


def narrow_encoder(config: CodecConfig, seed: int = 0) -> Encoder:
    encoder = Encoder(config)
    enliven_(encoder, seed)
    return encoder


def narrow(cut: Cut = "relu5_1", *, heads: bool = True, seed: int = 0) -> LossNetwork:
    return LossNetwork(narrow_encoder(narrow_config(cut, heads=heads), seed))


def narrow_pretrained(cut: Cut = "relu5_1", *, heads: bool = True) -> Pretrained:
    config = narrow_config(cut, heads=heads)
    return Pretrained(card=MODELS["vgg-encoder"], config=config, network=narrow_encoder(config))
