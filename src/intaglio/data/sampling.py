"""Sampling by counting: the position in a run alone says which picture stands there, so there is no state to save."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from intaglio.vocabulary.seeds import derive_seed

# A run reads at most two epochs of each of its streams at a time.
_EPOCHS_KEPT = 8


def index(position: int, length: int, seed: int) -> int:
    """Which of `length` pictures stands at a position of an endless run.

    The run is cut into epochs of `length` positions. Each visits every picture once, in an order of its own, all orders being
    equally likely. The first call in an epoch costs a sort; the others a look-up.

    Args:
        position: from 0.
        length: how many pictures there are, at least 1.
        seed: the seed of the run.

    Returns:
        A number in [0, length), the same on every machine and in every process.

    """
    epoch, offset = divmod(position, length)
    return int(_order(length, derive_seed(seed, "epoch", epoch))[offset])


@lru_cache(maxsize=_EPOCHS_KEPT)
def _order(length: int, seed: int) -> NDArray[np.int64]:
    # numpy promises the raw stream of a bit generator for all times, but not what its generators shuffle from it.
    keys = np.random.Philox(key=seed).random_raw(length)
    return np.argsort(keys, kind="stable").astype(np.int64)
