"""Small networks that are trained as one piece, over the catalog of those that can be."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.training_pictures import filled
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.models.catalog import MODELS
from intaglio.models.style.adain import AdaINConfig
from intaglio.models.style.network import Cascade
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.vgg_codec import CodecConfig, Decoder
from intaglio.storage.pretrained import Pretrained
from intaglio.training.catalog import NETWORK_METHODS
from intaglio.training.recipe import Parents
from intaglio.training.run import Conduct
from intaglio.training.spec import TrainingSpec
from intaglio.training.whole import WholeSpec, train_whole
from lively import enliven_
from loss_networks import narrow_encoder
from style_networks import lively

CROP = Crop(size=32, resize="shorter", to=40)


def stepped(network: Pretrained) -> SteppedNetwork:
    assert isinstance(network.network, SteppedNetwork)
    return network.network


def example(name: str) -> SteppedNetwork:
    """The example of a card."""
    network = lively(MODELS[name])
    assert isinstance(network, SteppedNetwork)
    return network


def encoder_for(name: str) -> Pretrained:
    """An encoder with the channels of the example, as deep as any loss asks for."""
    config = example(name).encoder.config
    widths = config.widths + config.widths[-1:] * (13 - len(config.widths))
    deep = CodecConfig(cut="relu5_1", widths=widths, pooling=config.pooling, embedded=(("relu1_1", 6),))
    return Pretrained(card=MODELS["vgg-encoder"], config=deep, network=narrow_encoder(deep))


def adain_like(name: str) -> Pretrained:
    """An AdaIN network with the channels of the example."""
    source = encoder_for(name).config
    assert isinstance(source, CodecConfig)
    config = AdaINConfig(codec=CodecConfig(cut="relu4_1", widths=source.widths[:9], decoder_relu=False))
    network = MODELS["adain"].build(config)
    enliven_(network, 3)
    return Pretrained(card=MODELS["adain"], config=config, network=network.eval())


def decoder_of(adain: Pretrained) -> Decoder:
    assert isinstance(adain.network, Cascade)
    return adain.network.cascade()[0].decoder


def parents(name: str) -> Parents:
    """An encoder, which judges too, and a decoder to start from."""
    return Parents(encoder=encoder_for(name), start=adain_like(name))


def spec_for(name: str, steps: int, **changes: Any) -> WholeSpec:
    training = TrainingSpec(steps=steps, batch_size=2, learning_rate=1e-3)
    return WholeSpec(**{"model": name, "encoder": "", "data": {}, "crop": CROP, "training": training, **changes})


def trained(
    tmp_path: Path,
    name: str,
    steps: int,
    given: Parents | None = None,
    run: str = "run",
    *,
    spec: Mapping[str, Any] | None = None,
    **conduct: Any,
) -> Pretrained:
    folder = PictureFolder.scan([filled(tmp_path / "pictures", 5)])
    pictures = {"content": folder, "style": folder}
    conducted = Conduct(**{"workers": 1, "log_every": 1, "save_every": 2, **conduct})
    description = spec_for(name, steps, **(spec or {}))
    return train_whole(NETWORK_METHODS[name], description, given or parents(name), pictures, tmp_path / run, conducted)
