"""Whitening and coloring of features where gradients flow, each picture of a batch with a style of its own.

Li et al., Universal Style Transfer via Feature Transforms, NeurIPS 2017, eq. 1 and 2; networks solve the same map from
mergeable moments (`wct.py`). The gradient of `S^(-1/2)` is exact: in the basis of the eigenvectors its entries are those of the
cotangent times `-1 / (s_i s_j (s_i + s_j))`, with `s` the roots of the eigenvalues, which stays finite where these are equal.

Departures: eigenvalues that count as zero stay so under the gradient, too.
"""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd import Function

from intaglio.models.style.statistics import wide
from intaglio.models.style.wct import symmetric_power


def recolored(content: Tensor, style: Tensor, eigenvalue_cut: float) -> Tensor:
    """WCT of features: those of the content with the mean and the covariance of the style's.

    Args:
        content: (N, C, H, W); gradients flow to it.
        style: (N, C, h, w), a style for each; no gradients flow to it.
        eigenvalue_cut: eigenvalues below this share of the largest count as zero.

    Returns:
        (N, C, H, W), float32 or wider.

    """
    ours, theirs = wide(content).flatten(2), wide(style.detach()).flatten(2)
    mean, other = ours.mean(2, keepdim=True), theirs.mean(2, keepdim=True)
    with torch.autocast(content.device.type, enabled=False):
        color = torch.stack([symmetric_power(one, 0.5, eigenvalue_cut) for one in _covariances(theirs - other)])
        # Functions of torch have no types.
        apply = cast(Callable[[Tensor, float], Tensor], _InverseRoot.apply)
        whiten = apply(_covariances(ours - mean), eigenvalue_cut)
        made = (color @ whiten).to(ours) @ (ours - mean) + other
    return made.reshape(content.shape)


def _covariances(centered: Tensor) -> Tensor:
    """(N, C, C) float64 of (N, C, positions)."""
    exact = centered.double()
    return exact @ exact.mT / (exact.shape[2] - 1)


class _InverseRoot(Function):
    """`S^(-1/2)` of symmetric (N, C, C), over the eigenvalues above a share of the largest."""

    @staticmethod
    def forward(context: Any, covariances: Tensor, cut: float) -> Tensor:
        values, vectors = torch.linalg.eigh(covariances)
        kept = values > (cut * values[:, -1:]).clamp_min(torch.finfo(values.dtype).tiny)
        roots = torch.where(kept, values, 1.0).sqrt()
        context.save_for_backward(vectors, roots, kept)
        inverse: Tensor = (vectors * (kept / roots)[:, None, :]) @ vectors.mT
        return inverse

    @staticmethod
    def backward(context: Any, *cotangents: Tensor) -> tuple[Tensor, None]:
        vectors, roots, kept = context.saved_tensors
        rows, columns = roots[:, :, None], roots[:, None, :]
        both = kept[:, :, None] & kept[:, None, :]
        entries = torch.where(both, -1 / (rows * columns * (rows + columns)), 0.0)
        inner = vectors.mT @ ((cotangents[0] + cotangents[0].mT) / 2) @ vectors
        gradient: Tensor = vectors @ (entries * inner) @ vectors.mT
        return gradient, None
