"""Fréchet distance between Gaussians that are fitted to the features of two sets of pictures: FID.

Heusel, Ramsauer, Unterthiner, Nessler & Hochreiter, GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
Equilibrium, NIPS 2017, eq. 6. With means m, n and covariances C, D of the two sets:

    d^2 = |m - n|^2 + tr(C) + tr(D) - 2 tr((C D)^(1/2))

The last trace is the sum of the singular values of C^(1/2) D^(1/2), which are the roots of the eigenvalues of the symmetric
C^(1/2) D C^(1/2). Both roots come from eigenvalues of symmetric matrices: nothing is complex, and singular covariances are no
special case.

Departures:
- The reference code takes the root of C D and adds 1e-6 to both diagonals where that fails; nothing is added here. On
  covariances of full rank both agree but for rounding.
"""

import torch
from torch import Tensor

from intaglio.metrics.set_features import SetFeatures
from intaglio.metrics.set_metric import Measured, SetMetric


def frechet_distance(mean: Tensor, covariance: Tensor, other_mean: Tensor, other_covariance: Tensor) -> float:
    """Squared distance of two Gaussians, >= 0.

    Args:
        mean: (D,), float64.
        covariance: (D, D), float64, symmetric and positive semidefinite but for rounding.
        other_mean: as `mean`.
        other_covariance: as `covariance`.

    """
    shared = torch.linalg.svdvals(_root(covariance) @ _root(other_covariance)).sum()
    spread = covariance.trace() + other_covariance.trace() - 2 * shared
    return max(0.0, float((mean - other_mean).square().sum() + spread))


def _root(covariance: Tensor) -> Tensor:
    """The symmetric square root; eigenvalues that rounding cannot tell from zero are zero."""
    values, vectors = torch.linalg.eigh(covariance)
    rounding = len(values) * torch.finfo(values.dtype).eps * values[-1].clamp_min(0.0)
    root: Tensor = vectors * values.where(values > rounding, 0.0).sqrt() @ vectors.T
    return root


def _measure(real: SetFeatures, fake: SetFeatures, _: int) -> Measured:
    one, other = real.moments, fake.moments
    fewest = min(real.count, fake.count)
    note = (
        f"{fewest:,} pictures in {real.dimensions:,} dimensions have a singular covariance: far too large a distance"
        if fewest <= real.dimensions
        else ""
    )
    return Measured(value=frechet_distance(one.mean, one.covariance, other.mean, other.covariance), note=note)


FID = SetMetric(
    name="fid",
    symbol="FID",
    title="Fréchet distance of Gaussians fitted to the features (Heusel et al. 2017)",
    better="lower",
    least=2,
    measure=_measure,
)
