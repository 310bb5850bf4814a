"""What two translators make small beside the adversarial loss: a picture comes back from a round trip, and its own kind stays.

Zhu, Park, Isola & Efros, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, ICCV 2017, eq. 2 and
section 5.2: `10 (|B(A(x)) - x| + |A(B(y)) - y|) + 5 (|A(y) - y| + |B(x) - x|)`, means of absolute differences, where A makes
pictures y of the second kind of pictures x of the first, and B the other way.

Departures: none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

CYCLE_WEIGHTS: Mapping[str, float] = {"cycle.first": 10.0, "cycle.second": 10.0, "identity.first": 5.0, "identity.second": 5.0}
"""Of the terms, as in the paper; those of adversarial terms are 1."""
Translate = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Translations:
    """What became of a batch, and the terms that it gives."""

    first: Tensor
    """Pictures of the first kind, made of the second, (N, 3, H, W)."""
    second: Tensor
    """Pictures of the second kind, made of the first."""
    terms: Mapping[str, Tensor]
    """"cycle.first", "cycle.second", "identity.first" and "identity.second", unweighted, each ()."""


def translated(first: Tensor, second: Tensor, to_second: Translate, to_first: Translate) -> Translations:
    """Translate a batch of each kind, there and back, and into its own kind.

    Args:
        first: pictures of the first kind, (N, 3, H, W) in [-1, 1].
        second: pictures of the second kind, as many or not.
        to_second: translates to the second kind.
        to_first: translates to the first.

    """
    made_second, made_first = to_second(first), to_first(second)
    terms = {
        "cycle.first": F.l1_loss(to_first(made_second), first),
        "cycle.second": F.l1_loss(to_second(made_first), second),
        "identity.first": F.l1_loss(to_first(first), first),
        "identity.second": F.l1_loss(to_second(second), second),
    }
    return Translations(made_first, made_second, terms)
