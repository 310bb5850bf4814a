"""AdaIN: arbitrary style transfer by matching each channel's mean and standard deviation.

Huang & Belongie, Arbitrary Style Transfer in Real-Time with Adaptive Instance Normalization, ICCV 2017, eq. 8:
`AdaIN(x, y) = sigma(y) (x - mu(x)) / sigma(x) + mu(y)` at relu4_1, then the mirrored decoder.

Departures:
- Variances are unbiased and 1e-5 is added to both, as in the PyTorch port whose weights are in use; the paper's code has
  biased ones and adds it to the content only.
- Stages of whitening and coloring may stand behind it (`finish`; Li et al. 2017), at relu2_1 and relu1_1 for example. Mean and
  deviation at relu4_1 say little of colors; the stages behind give the picture those of the style.
"""

from collections.abc import Mapping

import torch

from intaglio.models.card import ModelCard
from intaglio.models.style.affine import Affine
from intaglio.models.style.moments import Moments
from intaglio.models.style.network import Cascade, Stage
from intaglio.models.style.vgg_codec import VGG19_WIDTHS, CodecConfig
from intaglio.models.style.wct import WhiteningColoring
from intaglio.vocabulary.spec import Spec

EIGENVALUE_CUT = 1e-4
"""Of stages behind AdaIN: pictures that are nearly gray have colors that are noise, which a lower one would enlarge."""


class AdaINConfig(Spec):
    """One codec, and those of the stages behind it."""

    codec: CodecConfig = CodecConfig(cut="relu4_1", widths=VGG19_WIDTHS[:9], pooling="ceil", decoder_relu=False)
    """Encoder and decoder; the default is the paper's, on the normalized VGG-19."""
    epsilon: float = 1e-5
    """Added to the variances."""
    finish: tuple[CodecConfig, ...] = ()
    """Stages of whitening and coloring behind it, in the order in which they run; the paper has none."""
    eigenvalue_cut: float = EIGENVALUE_CUT
    """In these, eigenvalues below this share of the largest count as zero."""


class AdaptiveInstanceNormalization:
    """The transfer of AdaIN; see the module."""

    full_covariance = False

    def __init__(self, epsilon: float) -> None:
        self.epsilon = epsilon

    def solve(self, content: Moments, style: Moments) -> Affine:
        """`M = diag(sigma_s / sigma_c)`, `b = mu_s - M mu_c`."""
        scale = ((style.variance + self.epsilon) / (content.variance + self.epsilon)).sqrt()
        return Affine(torch.diag(scale), style.mean - scale * content.mean)


def build(config: AdaINConfig) -> Cascade:
    """The network with fresh weights."""
    transfer, finish = AdaptiveInstanceNormalization(config.epsilon), WhiteningColoring(config.eigenvalue_cut)
    return Cascade([Stage(config.codec, transfer), *(Stage(codec, finish) for codec in config.finish)])


def _narrowed(config: AdaINConfig, outputs: Mapping[str, int]) -> AdaINConfig:
    codec, *finish = (
        codec.narrowed(outputs, f"stages.{place}.encoder.", f"stages.{place}.decoder.")
        for place, codec in enumerate((config.codec, *config.finish))
    )
    return config.model_copy(update={"codec": codec, "finish": tuple(finish)})


CARD = ModelCard(
    name="adain",
    title="Adaptive instance normalization at relu4_1",
    paper="Huang & Belongie, Arbitrary Style Transfer in Real-Time with Adaptive Instance Normalization, ICCV 2017",
    family="style",
    config=AdaINConfig,
    build=build,
    example=AdaINConfig(
        codec=CodecConfig(cut="relu4_1", widths=(4, 4, 4, 4, 8, 8, 8, 8, 8), pooling="ceil", decoder_relu=False)
    ),
    size_multiple=8,
    smallest_side=16,
    narrowed=_narrowed,
    fixed=(
        "*conv0",
        "*encoder.layers.conv1_1",
        "*decoder.conv1_1",
    ),
    free=(
        "*.layers.conv*",
        "*decoder.conv*",
    ),
    streaming="exact: a pass for mean and variance of relu4_1, one for each stage behind, one to render; halo 62 px",
)
