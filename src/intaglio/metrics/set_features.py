"""What a feature network saw of a set of pictures: the statistics that sets are compared by.

Moments are gathered batch by batch in float64, so that a set of any size takes the memory of one covariance. Features of single
pictures, and their scores, are kept only where a metric asks for them: 4 bytes a value, 82 MB for 10,000 pictures in 2,048
dimensions.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from intaglio.models.style.moments import Moments
from intaglio.vocabulary.errors import InputError
from intaglio.vocabulary.seeds import derive_seed

Seen = tuple[Tensor, Tensor]
"""Of a batch of P pictures: features (P, D), and scores of K classes (P, K), logarithms of probabilities but for a constant."""

# Features that are added up at a time: adding to a covariance of 2,048 dimensions costs as much as making it of 1,000.
_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class SetFeatures:
    """A set of pictures as a feature network sees it."""

    moments: Moments
    """Of the features, with their covariance."""
    features: Tensor | None = None
    """(N, D), float32, picture by picture; None where they were not kept."""
    scores: Tensor | None = None
    """(N, K), float32; None where they were not kept."""

    @property
    def count(self) -> int:
        """How many pictures."""
        return self.moments.count

    @property
    def dimensions(self) -> int:
        """D, of the features."""
        return self.moments.channels


def gather(
    batches: Iterable[Seen], count: int, *, features: bool = False, scores: bool = False, where: str = "the set"
) -> SetFeatures:
    """Take in a set, batch by batch; the batches may be of any sizes.

    Args:
        batches: of features and scores, on any device.
        count: pictures of the set, at least 1.
        features: keep those of every picture.
        scores: keep those of every picture.
        where: how messages call the set.

    Raises:
        InputError: features or scores that are not finite, or more or fewer pictures than `count`.

    """
    moments: Moments | None = None
    kept: list[Tensor | None] = [None, None]
    waiting: list[Tensor] = []
    done = 0
    for seen in batches:
        here = slice(done, done + len(seen[0]))
        done = here.stop
        if done > count:
            break
        for number, (values, keep) in enumerate(zip(seen, (features, scores), strict=True)):
            if not bool(values.isfinite().all()):
                raise InputError(
                    f"{where}: features of pictures {here.start + 1:,} to {done:,} are not finite; "
                    "check the weights of the network, and the pictures"
                )
            if keep:
                place = kept[number]
                if place is None:
                    place = kept[number] = torch.empty(count, values.shape[1])
                place[here] = values
        moments = moments or Moments(seen[0].shape[1], full=True)
        waiting.append(seen[0].cpu())
        if done == count or sum(map(len, waiting)) >= _AT_ONCE:
            moments.add(torch.cat(waiting))
            waiting.clear()
    if moments is None or done != count:
        raise InputError(f"{where}: {'more' if done > count else f'{done:,}'} pictures came where {count:,} were announced")
    return SetFeatures(moments=moments, features=kept[0], scores=kept[1])


def shuffled(count: int, seed: int, *names: str | int) -> Tensor:
    """The numbers from 0 to `count` - 1 in an order that a seed and the names of the draw decide, the same on every machine."""
    # numpy promises the raw stream of a bit generator for all times, but not what its generators shuffle from it.
    keys = np.random.Philox(key=derive_seed(seed, *names)).random_raw(count)
    return torch.from_numpy(np.argsort(keys, kind="stable"))
