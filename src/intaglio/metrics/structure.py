"""How much of the content's structure is left: SSIM of the stylized picture to the content.

Wang, Bovik, Sheikh & Simoncelli, Image Quality Assessment: From Error Visibility to Structural Similarity, 2004: a Gaussian
window of 11 x 11 with deviation 1.5, K1 = 0.01, K2 = 0.03, as torchmetrics computes it.

Departures: none. It is taken on the luminance (Y of YIQ), as there: a stylization is meant to change colors.
"""

import torch
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

from intaglio.images.color import YIQ_FROM_RGB
from intaglio.metrics.comparison import Metric


def luminance_ssim(one: Tensor, other: Tensor) -> float:
    """Mean SSIM of the luminance of two pictures.

    Args:
        one: (1, 3, H, W), clamped to [0, 1]; sides of at least 11 px.
        other: the same size.

    Returns:
        At most 1, for equal pictures; about 0 for unrelated ones.

    """
    weights = torch.tensor(YIQ_FROM_RGB[0], dtype=one.dtype, device=one.device)[:, None, None]
    gray = [(picture.clamp(0.0, 1.0) * weights).sum(1, keepdim=True) for picture in (one, other)]
    value = structural_similarity_index_measure(gray[0], gray[1], data_range=1.0)
    assert isinstance(value, Tensor)
    return float(value)


SSIM = Metric(
    name="ssim",
    title="structural similarity of the luminance to the content's (Wang et al. 2004)",
    better="higher",
    measure=lambda compared: {"ssim": luminance_ssim(compared.stylized.picture, compared.content.picture)},
)
