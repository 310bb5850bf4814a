"""The hinge loss: `mean max(0, 1 - D(x)) + mean max(0, 1 + D(G(z)))` against `-mean D(G(z))`.

Lim & Ye, Geometric GAN, 2017, eq. 18 and 19; Miyato et al., ICLR 2018, eq. 16 and 17. Geometric GAN, SNGAN, ProjGAN and SAGAN
have it.

Departures: none.
"""

import torch.nn.functional as F
from torch import Tensor

from intaglio.models.style.statistics import wide
from intaglio.objectives.adversarial.loss import AdversarialLoss


class Hinge(AdversarialLoss):
    """A margin of 1 on both sides."""

    name, title = "hinge", "hinge loss, of SNGAN and geometric GAN"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Scores between -1 and 1 cost."""
        return F.relu(1 - wide(real)).mean() + F.relu(1 + wide(fake)).mean()

    def generator(self, fake: Tensor) -> Tensor:
        """Without a margin."""
        return -wide(fake).mean()
