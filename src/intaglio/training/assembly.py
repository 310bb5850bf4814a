"""Networks put together from parts: encoders cut shorter, decoders that take over layers, a network with other codecs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from intaglio.distillation.student import start_fresh_
from intaglio.models.card import ModelCard
from intaglio.models.style.network import Cascade
from intaglio.models.style.vgg_codec import CodecConfig, Cut, Decoder, Encoder
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.seeds import derive_seed
from intaglio.vocabulary.spec import Spec

_GRAY, _FAINT = 0.5, 0.1


@contextmanager
def seeded(seed: int, *names: str) -> Iterator[None]:
    """Fresh weights drawn inside depend on the seed and the names alone; the caller's generator is left as it is."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(derive_seed(seed, *names))
        yield


def fresh_decoder(config: CodecConfig, seed: int, size: float = 1.0) -> Decoder:
    """A decoder with weights drawn by its cut and the seed; it starts with pictures that are nearly gray.

    Args:
        config: of its encoder.
        seed: of the draw.
        size: root mean square of the features it will see; VGG's are of the order of 100, compressed ones of any.

    """
    with seeded(seed, "decoder", config.cut):
        decoder = Decoder(config)
        layers = [layer for layer in decoder.modules() if isinstance(layer, nn.Conv2d)]
        for layer in layers:
            start_fresh_(layer)
    start_gray_(layers, size)
    return decoder


@torch.no_grad()
def start_gray_(layers: Sequence[nn.Conv2d], size: float) -> None:
    """Change fresh layers so that they make pictures that are nearly gray.

    Args:
        layers: from features to the picture.
        size: root mean square of those features, above 0.

    """
    # A ReLU may stand behind the last layer: where that starts below zero, nothing is ever learned.
    first, last = layers[0], layers[-1]
    assert last.bias is not None
    first.weight.div_(size)
    last.weight.mul_(_FAINT)
    last.bias.fill_(_GRAY)


def rebuilt(pretrained: Pretrained, codecs: Mapping[Cut, tuple[Encoder, Decoder]]) -> Pretrained:
    """A network of the same kind with other encoders and decoders, found by their cut; without a source."""
    configs: dict[str, CodecConfig] = {cut: encoder.config for cut, (encoder, _) in codecs.items()}
    config = pretrained.card.config.parse(_exchanged(pretrained.config.model_dump(mode="json"), configs), where="student")
    return filled(pretrained.card, config, codecs)


def filled(card: ModelCard, config: Spec, codecs: Mapping[Cut, tuple[Encoder, Decoder]]) -> Pretrained:
    """A style network of a configuration with the weights of these encoders and decoders, found by their cut."""
    with torch.random.fork_rng(devices=()):
        network = card.build(config)
    assert isinstance(network, Cascade)
    for stage in network.cascade():
        encoder, decoder = codecs[stage.config.cut]
        stage.encoder.load_state_dict(encoder.state_dict())
        stage.decoder.load_state_dict(decoder.state_dict())
    return Pretrained(card=card, config=config, network=network.eval().requires_grad_(False))


def _exchanged(content: Any, configs: Mapping[str, CodecConfig]) -> Any:
    """A configuration with each codec in it exchanged for the one of the same cut."""
    if isinstance(content, dict):
        if "cut" in content and "widths" in content:
            return configs[content["cut"]].model_dump(mode="json")
        return {name: _exchanged(value, configs) for name, value in content.items()}
    return [_exchanged(value, configs) for value in content] if isinstance(content, list) else content
