"""The least squares loss: scores are to be 1 for real pictures and 0 for made ones.

Mao et al., Least Squares Generative Adversarial Networks, ICCV 2017, eq. 9: `(mean (D(x) - 1)^2 + mean D(G(z))^2) / 2` against
`mean (D(G(z)) - 1)^2`. LSGAN and CycleGAN have it.

Departures:
- The generator's loss is not halved, as in CycleGAN's code and unlike in the paper: it is weighed against other terms there.
"""

from torch import Tensor

from intaglio.models.style.statistics import wide
from intaglio.objectives.adversarial.loss import AdversarialLoss


class LeastSquares(AdversarialLoss):
    """Squares of distances to 1 and 0."""

    name, title = "least-squares", "least squares, of LSGAN and CycleGAN"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Half of both halves' sum."""
        return ((wide(real) - 1).square().mean() + wide(fake).square().mean()) / 2

    def generator(self, fake: Tensor) -> Tensor:
        """Made pictures are to score 1."""
        return (wide(fake) - 1).square().mean()
