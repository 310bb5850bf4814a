"""The loss of Wasserstein GANs, `mean D(G(z)) - mean D(x)` against `-mean D(G(z))`, and the penalty on the critic's gradient.

Arjovsky, Chintala & Bottou, Wasserstein GAN, ICML 2017, eq. 3; Gulrajani et al., Improved Training of Wasserstein GANs, NIPS
2017, eq. 3: `lambda mean (|grad D(y)| - 1)^2` at points y between real and made pictures; lambda is 10.

Departures: none. With batch normalization in the critic, as StudioGAN has it, the penalty is not of each picture alone;
Gulrajani et al. advise against that in section 4.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from intaglio.models.style.statistics import wide
from intaglio.objectives.adversarial.loss import AdversarialLoss


class Wasserstein(AdversarialLoss):
    """Scores are those of a critic; a penalty has to keep it from growing."""

    name, title = "wasserstein", "distance of WGAN, with a gradient penalty"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """The negative estimate of the distance."""
        return wide(fake).mean() - wide(real).mean()

    def generator(self, fake: Tensor) -> Tensor:
        """What of the distance the generator moves."""
        return -wide(fake).mean()


def gradient_penalty(score: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, shares: Tensor) -> Tensor:
    """How far the critic's gradient is from length 1 between pictures, (), before its weight.

    Args:
        score: of pictures, (N, ...); the sum of what it gives for a picture is taken.
        real: (N, 3, H, W).
        fake: as many of the same size.
        shares: (N,) drawn evenly from [0, 1], how much of each point is the real picture.

    """
    mixed = shares.view(-1, 1, 1, 1)
    between = (mixed * real + (1 - mixed) * fake).detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(wide(score(between)).sum(), between, create_graph=True)
    lengths: Tensor = gradient.flatten(1).norm(dim=1)
    return (lengths - 1).square().mean()
