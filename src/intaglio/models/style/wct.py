"""WCT: universal style transfer by whitening and coloring, five stages deep.

Li et al., Universal Style Transfer via Feature Transforms, NeurIPS 2017; the compressed networks are those of Wang et al.,
Collaborative Distillation for Ultra-Resolution Universal Style Transfer, CVPR 2020.

With covariances `S = V D V^T`, whitening and coloring are `f -> Ss^(1/2) Sc^(-1/2) (f - mu_c) + mu_s` (Li et al., eq. 1 and 2).

Departures:
- Eigenvalues below a *relative* cut count as zero, where the reference codes use an absolute one (1e-5, or 1e-100) or add the
  identity to the content's covariance. The published 16x encoders have channels that never fire, so covariances are singular
  with a wide gap (kept above 4e-2, dropped below 1e-13); adding the identity gives another picture (20-24 dB).
- Eigenvalues that rounding alone would leave count as zero too: the features of a picture of one pixel or one color have no
  spread, and whitening would enlarge the noise to a picture. The result is then the style's mean.
- `eigh` in place of the singular value decomposition: the matrices are symmetric.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from intaglio.models.card import ModelCard
from intaglio.models.style.affine import Affine
from intaglio.models.style.moments import Moments
from intaglio.models.style.network import Cascade, Stage
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.vocabulary.spec import Spec


class WCTConfig(Spec):
    """A cascade of codecs, each with its own encoder and decoder."""

    stages: tuple[CodecConfig, ...]
    """In the order in which they run: relu5_1 first, relu1_1 last in the paper."""
    eigenvalue_cut: float = 1e-7
    """Eigenvalues below this share of the largest count as zero."""


def symmetric_power(matrix: Tensor, exponent: float, cut: float, floor: float = 0.0) -> Tensor:
    """`V D^exponent V^T` of a symmetric (C, C), over the eigenvalues above `floor` and `cut` times the largest; float64."""
    values, vectors = torch.linalg.eigh(matrix)
    kept = values > (cut * values[-1]).clamp_min(max(floor, torch.finfo(values.dtype).tiny))
    powers = torch.where(kept, values.clamp_min(torch.finfo(values.dtype).tiny) ** exponent, 0.0)
    power: Tensor = (vectors * powers) @ vectors.T
    return power


class WhiteningColoring:
    """The transfer of WCT; see the module."""

    full_covariance = True

    def __init__(self, eigenvalue_cut: float) -> None:
        self.eigenvalue_cut = eigenvalue_cut

    def solve(self, content: Moments, style: Moments) -> Affine:
        """`M = Ss^(1/2) Sc^(-1/2)`, `b = mu_s - M mu_c`."""
        whiten = symmetric_power(content.covariance, -0.5, self.eigenvalue_cut, content.rounding)
        color = symmetric_power(style.covariance, 0.5, self.eigenvalue_cut, style.rounding)
        weight = color @ whiten
        return Affine(weight, style.mean - weight @ content.mean)


def build(config: WCTConfig) -> Cascade:
    """The network with fresh weights."""
    transfer = WhiteningColoring(config.eigenvalue_cut)
    return Cascade([Stage(codec, transfer) for codec in config.stages])


def _narrowed(config: WCTConfig, outputs: Mapping[str, int]) -> WCTConfig:
    codecs = (
        codec.narrowed(outputs, f"stages.{place}.encoder.", f"stages.{place}.decoder.")
        for place, codec in enumerate(config.stages)
    )
    return config.model_copy(update={"stages": tuple(codecs)})


CARD = ModelCard(
    name="wct",
    title="Whitening and coloring transforms, a cascade of up to five stages",
    paper="Li et al., Universal Style Transfer via Feature Transforms, NeurIPS 2017",
    family="style",
    config=WCTConfig,
    build=build,
    example=WCTConfig(
        stages=(
            CodecConfig(cut="relu3_1", widths=(4, 4, 8, 8, 8)),
            CodecConfig(cut="relu2_1", widths=(4, 4, 8)),
            CodecConfig(cut="relu1_1", widths=(6,)),
        )
    ),
    size_multiple=16,
    smallest_side=32,
    narrowed=_narrowed,
    streaming="exact: a pass per stage for mean and covariance, one to render; halo of 2, 8, 22, 62, 150 px at relu1_1 .. 5_1",
)
