"""What a dense discriminator teaches a sparse one: how real it takes pictures to be.

Chen et al., GANs Can Play Lottery Tickets Too, ICLR 2021: `KL(p_dense || p_sparse)` with `p = (s(D), 1 - s(D))`, s the logistic
function, over real and made pictures together, added to the discriminator's loss with weight 1.

Departures:
- As in the paper's code the mean is taken over all entries, two a score; the mean divergence of a picture is twice that.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from intaglio.models.style.statistics import wide

# In the logarithm of the sparse network's probabilities, as in the paper's code; it bounds the loss.
_SMALLEST = 1e-10


def realness_divergence(sparse: Tensor, dense: Tensor) -> Tensor:
    """How far the sparse discriminator's opinion is from the dense one's, (), at least 0 but for rounding.

    Args:
        sparse: scores of real and made pictures together, of any shape.
        dense: those of the dense discriminator, of the same shape; no gradient goes there.

    """
    ours, theirs = (torch.stack([torch.sigmoid(one), torch.sigmoid(-one)]) for one in (wide(sparse), wide(dense.detach())))
    return F.kl_div((ours + _SMALLEST).log(), theirs, reduction="none").mean()
