"""How much is done of a study of structured pruning: seconds, hours on two cores, or the schedules of the papers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from intaglio.models.catalog import MODELS
from intaglio.pruning.groups import GROUPINGS
from intaglio.storage.pretrained import Pretrained
from intaglio.studies.structured.ways import TURNS, papers_ways, short_ways
from intaglio.training.classifier import CLASSIFIERS
from intaglio.training.spec import TrainingSpec
from intaglio.training.speedup import uniform_ratios
from intaglio.vocabulary.catalog import Catalog

_GROUPING = "columns"
# First layers so narrow that there is a speedup of four to be had, since they stay as they are.
_TINY: Mapping[str, Mapping[str, Any]] = {
    "convnet": {"widths": [2, 8, 40]},
    "alexnet": {"side": 67, "widths": [2, 64, 64, 32, 32], "hidden": [8, 6]},
}


@dataclass(frozen=True, kw_only=True)
class _Small:
    """What two cores have time for."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of the network."""
    batch_size: int = 50
    learning: int = 6000
    """Steps."""
    pushing: int = 5000
    retraining: int = 2000
    slower: float = 1
    """What the rate of retraining is divided by."""
    turns: float = TURNS
    """Of SPP."""


_SMALL: Mapping[str, _Small] = {
    # For small photos; the first layer costs the share that it does in the paper's.
    "alexnet": _Small(
        settings={"side": 115, "widths": [16, 128, 192, 192, 128], "hidden": [256, 256]},
        batch_size=32,
        learning=2000,
        pushing=2000,
        retraining=1000,
        # At the rate of fresh training, a network that learns few photos loses what it knew from others.
        slower=10,
        # The ranks of its last convolution go on changing: with 400 updates it is not finished.
        turns=5.0,
    ),
}


def _tiny(network: str) -> Mapping[str, Any]:
    example = MODELS[network].example.model_dump(mode="json", exclude_defaults=True, exclude={"classes"})
    settings = {**_TINY.get(network, example)}
    training = _training(network, steps=20, batch_size=4)
    ways = short_ways(training, _groups(network, settings), 400)
    return {"settings": settings, "training": training, "retraining": _again(training, 10), "ways": ways, "seeds": (0,)}


def _small(network: str) -> Mapping[str, Any]:
    small = _SMALL.get(network, _Small())
    training = _training(network, steps=small.learning, batch_size=small.batch_size)
    return {
        "settings": {**small.settings},
        "training": training,
        "retraining": _again(training, small.retraining, small.slower),
        "ways": short_ways(training, _groups(network, small.settings), small.pushing, turns=small.turns),
        # Few pictures are learned by heart, and what a network loses that trains on would be taken for the pruning's.
        "flip": True,
        "seeds": (0, 1, 2),
    }


def _paper(network: str) -> Mapping[str, Any]:
    training = _training(network)
    ways = papers_ways(training, _groups(network, {}))
    return {"settings": {}, "training": training, "retraining": training, "ways": ways, "seeds": (0, 1, 2)}


SCALES: Catalog[Callable[[str], Mapping[str, Any]]] = Catalog("scale", [("tiny", _tiny), ("small", _small), ("paper", _paper)])
"""Name of a network -> the fields of `PruningPlan` that say how much is done, and `training` of each lesson."""


def _training(network: str, **changes: int) -> TrainingSpec:
    """That of the network's paper, shortened."""
    return TrainingSpec.parse({**CLASSIFIERS[network]["training"], **changes}, where=network)


def _again(training: TrainingSpec, steps: int, slower: float = 1) -> TrainingSpec:
    return training.model_copy(update={"steps": steps, "learning_rate": training.learning_rate / slower})


def _groups(network: str, settings: Mapping[str, Any]) -> int:
    """Of the largest layer that is pruned."""
    card = MODELS[network]
    config = card.config.parse(settings, where=network)
    with torch.device("meta"):
        made = Pretrained(card=card, config=config, network=card.build(config))
    grouping = GROUPINGS[_GROUPING]
    layers = uniform_ratios(made, 0.5, grouping)
    return max(grouping.count(made.network.get_parameter(f"{name}.weight")) for name in layers)
