"""How much is done of a study of smaller style networks: seconds, hours on two cores, or the schedules of the papers."""

from collections.abc import Callable, Mapping
from typing import Any

from intaglio.data.crop import Crop
from intaglio.models.style.vgg_codec import VGG19_WIDTHS
from intaglio.studies.structured.ways import papers_ways, short_ways
from intaglio.training.catalog import RECIPES
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.catalog import Catalog

# Filters of the widest layer of the networks that come along, which short studies begin with.
_NARROW = 128


def _tiny(network: str) -> Mapping[str, Any]:
    training = TrainingSpec(steps=2, batch_size=1, learning_rate=1e-4)
    ways = dict(short_ways(training, _NARROW, 100))
    # So few updates are not enough for the paper's increments.
    ways["spp"] = ways["spp"].model_copy(update={"rule": {**ways["spp"].rule, "largest": 0.2}})
    return {
        "crop": Crop(size=32, resize="shorter", to=34),
        "training": training,
        "ways": ways,
        "retraining": training,
        "seeds": (0,),
        "batches": 2,
    }


def _small(network: str) -> Mapping[str, Any]:
    # A thousand steps of 2 crops of 128 pixels left errors 4 to 7 times those of the large network, and nothing to look at.
    # In the same time 1,500 steps of 2 crops lead further than 750 of 4, and as far as 3,000 of 1.
    usual: dict[str, Any] = {"batch_size": 2, "learning_rate": 4e-4, "precision": "bfloat16"}
    training = TrainingSpec(steps=1400, schedule="cosine", warmup=50, **usual)
    # Where nothing in a paper's losses keeps colors, narrow networks lose them first.
    losses = {"identity": 20.0} if "identity" in RECIPES[network].losses.model_fields else {}
    return {
        "crop": Crop(size=160, resize="shorter", to=200),
        "losses": losses,
        "training": training,
        # At a fifth of the rate the rest does not make up for what is pushed out: the error grows to that of a cut.
        "ways": short_ways(training, _NARROW, 3000, lower=2),
        "retraining": training.model_copy(update={"steps": 3000}),
        "multiple": 8,
        "seeds": (0, 1, 2),
        "batches": 64,
    }


def _paper(network: str) -> Mapping[str, Any]:
    recipe = RECIPES[network]
    return {
        "crop": recipe.crop,
        "training": recipe.training,
        "ways": papers_ways(recipe.training, max(VGG19_WIDTHS)),
        "retraining": recipe.training,
        "multiple": 16,
        "seeds": (0, 1, 2),
        "batches": 4000 // recipe.training.batch_size,
        "start": "",
    }


SCALES: Catalog[Callable[[str], Mapping[str, Any]]] = Catalog("scale", [("tiny", _tiny), ("small", _small), ("paper", _paper)])
"""Name of a network -> the fields of `CompressionPlan` that say how much is done: seconds; two cores for hours; the papers'."""
