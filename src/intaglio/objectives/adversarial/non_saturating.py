"""The first loss of GANs: cross entropy of real against made, and its non-saturating form for the generator.

Goodfellow et al., Generative Adversarial Nets, NIPS 2014, eq. 1 and section 3: `-mean log s(D(x)) - mean log(1 - s(D(G(z))))`
against `-mean log s(D(G(z)))`, with the logistic function s. DCGAN has it.

Departures: none.
"""

import torch.nn.functional as F
from torch import Tensor

from intaglio.models.style.statistics import wide
from intaglio.objectives.adversarial.loss import AdversarialLoss


class NonSaturating(AdversarialLoss):
    """Scores are logarithms of odds."""

    name, title = "non-saturating", "cross entropy, of the first GAN and of DCGAN"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Cross entropy of both halves, summed."""
        # -log s(x) = softplus(-x), without overflow.
        return F.softplus(-wide(real)).mean() + F.softplus(wide(fake)).mean()

    def generator(self, fake: Tensor) -> Tensor:
        """Cross entropy as if made pictures were real."""
        return F.softplus(-wide(fake)).mean()
