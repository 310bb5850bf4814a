"""Networks that are one graph: encoders, classifiers, generators, translators and discriminators."""

import torch
from torch import Tensor, nn
from torch.export import Dim

from intaglio.exporting.graphs.graph import Graph, Port, noises, picture
from intaglio.models.card import ModelCard
from intaglio.models.classify.classifier import Classifier
from intaglio.models.gan.networks import Discriminator, Generator

# How many pictures graphs are traced with, and tried with.
_BATCHES = (2, 3)
_GIVES = {"encoder": "features", "translator": "translated", "generator": "pictures"}


def single_graph(network: nn.Module, card: ModelCard) -> Graph:
    """The graph of a network that is one, in evaluation."""
    if isinstance(network, Generator):
        takes = _batches(network, ("latents", "drawn from a standard normal distribution"))
    elif isinstance(network, Discriminator | Classifier):
        low, high = card.input_range
        takes = _batches(network, ("pictures", f"RGB in [{low:g}, {high:g}]"))
    else:
        takes = [picture(card, noises(card))]
    gives = (_GIVES.get(card.family, "scores"),)
    return Graph(name="network", title=card.title, module=network, takes=tuple(takes), gives=gives)


def _batches(network: Generator | Discriminator | Classifier, *first: tuple[str, str]) -> list[Port]:
    """What comes in batches of any size, and of one side; names and meanings of all but classes are given."""
    generator = torch.Generator().manual_seed(0)
    free = {0: Dim("batch", min=1)}
    values = zip(*(_drawn(network, generator, count) for count in _BATCHES), strict=True)
    meanings = (*first, ("classes", "the number of each one's class"))
    return [
        Port(name=name, meaning=meaning, traced=traced, tried=tried, free=free)
        for (name, meaning), (traced, tried) in zip(meanings, values, strict=False)
    ]


def _drawn(network: Generator | Discriminator | Classifier, generator: torch.Generator, count: int) -> tuple[Tensor, ...]:
    if isinstance(network, Classifier):
        side = network.config.side
        return (torch.rand(count, 3, side, side, generator=generator),)
    return network.example(generator, count)
