"""What an auxiliary classifier adds to both losses: the classes of pictures are to be told.

Odena, Olah & Shlens, Conditional Image Synthesis with Auxiliary Classifier GANs, ICML 2017, eq. 3. In StudioGAN's recipe of
ACGAN its weight is 1, for the discriminator on real pictures and for the generator on its own.

Departures:
- Classes of made pictures do not teach the discriminator, as in StudioGAN and unlike in the paper's `L_C`.
"""

import torch.nn.functional as F
from torch import Tensor

from intaglio.models.style.statistics import wide


def auxiliary_loss(scores: Tensor, classes: Tensor) -> Tensor:
    """Cross entropy, ().

    Args:
        scores: (N, 1 + C) as a discriminator with an auxiliary classifier gives them: the first says how real a picture is.
        classes: (N,), of 0 .. C - 1.

    """
    return F.cross_entropy(wide(scores[:, 1:]), classes)
