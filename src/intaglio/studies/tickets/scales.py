"""How much is done of a study of tickets: seconds, hours on two cores, or the schedules of the papers."""

from collections.abc import Callable, Mapping
from typing import Any

from intaglio.data.crop import Crop
from intaglio.training.catalog import RECIPES
from intaglio.vocabulary.catalog import Catalog


def _tiny(network: str) -> Mapping[str, Any]:
    training = {"steps": 6, "batch_size": 2, "learning_rate": 1e-4}
    crop = Crop(size=64, resize="shorter", to=72)
    return {"crop": crop, "training": training, "seeds": (0,), "rounds": 2, "batches": 2, "floor": 0.001}


def _small(network: str) -> Mapping[str, Any]:
    training = {
        "steps": 400,
        "batch_size": 2,
        "learning_rate": 3e-4,
        "schedule": "cosine",
        "warmup": 10,
        "precision": "bfloat16",
    }
    crop = Crop(size=128, resize="shorter", to=144)
    # Encoders of a sixteenth have weights a third as large as their decoders have; ranked together by magnitude they go first.
    pruning = {"pruner": "lamp", "rounds": 12, "floor": 0.001}
    return {"crop": crop, "training": training, "seeds": (0, 1, 2), "batches": 32, **pruning}


def _paper(network: str) -> Mapping[str, Any]:
    recipe = RECIPES[network]
    # 40 contents x 100 styles.
    batches = 4000 // recipe.training.batch_size
    schedule = {"crop": recipe.crop, "training": recipe.training, "seeds": (0, 1, 2), "rounds": 12, "batches": batches}
    return {**schedule, "start": ""}


SCALES: Catalog[Callable[[str], Mapping[str, Any]]] = Catalog("scale", [("tiny", _tiny), ("small", _small), ("paper", _paper)])
"""Name of a network -> the fields of `LotterySpec` that say how much is done: seconds; two cores for hours; the paper's."""
