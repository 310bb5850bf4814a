"""What the losses of a network are on pictures, without training it."""

from collections.abc import Mapping

import torch
from torch import nn

from intaglio.data.batches import Batches, as_float
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.training.objective import Objective
from intaglio.vocabulary.seeds import derive_seed


def terms_of(
    objective: Objective, streams: Mapping[str, tuple[PictureFolder, Crop]], batch_size: int, seed: int, batches: int
) -> list[dict[str, float]]:
    """The terms of a loss, weighted, batch by batch: the same for the same network; the caller's generator is left as it is.

    Args:
        objective: in evaluation mode after it.
        streams: pictures and crops by the names that it expects.
        batch_size: pictures of each stream in a batch.
        seed: of the pictures, their crops and what the objective draws.
        batches: how many.

    """
    assert isinstance(objective, nn.Module)
    objective.eval()
    found: list[dict[str, float]] = []
    with torch.random.fork_rng(devices=()), torch.no_grad(), Batches(streams, batch_size, seed, workers=1) as source:
        torch.manual_seed(derive_seed(seed, "judge"))
        for _ in range(batches):
            batch = as_float(next(source), torch.device("cpu"))
            found.append({name: objective.weights.get(name, 1.0) * float(term) for name, term in objective(batch).items()})
    return found
