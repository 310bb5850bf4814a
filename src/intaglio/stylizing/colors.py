"""Keeping the content's colors, in the two ways of Gatys et al., Preserving Color in Neural Artistic Style Transfer, 2016.

- `match` (their section 3): the style's colors are mapped so that mean and covariance become the content's, then it is read as
  usual: `x -> Sc^(1/2) Ss^(-1/2) (x - mu_s) + mu_c`, their eq. 4 and 5 with the symmetric root ("image analogies").
- `luminance` (their section 4): only the luminance is stylized; the style's luminance is first given the content's mean and
  spread (eq. 6), and the result takes its chroma, the I and Q of YIQ, from the content.

Departures: none. All of it is a map of 3x3 numbers per pixel once the statistics are known, so it streams.
"""

import numpy as np
import torch

from intaglio.models.style.moments import Moments
from intaglio.models.style.wct import symmetric_power
from intaglio.stylizing.pixels import PixelSource
from intaglio.stylizing.recolored import LUMA, Recolored

_ROWS = 256
# Colors on a plane or a line have no spread across it; directions below this share of the largest are left out.
_COLOR_CUT = 1e-9


def color_moments(source: PixelSource) -> Moments:
    """Mean and covariance of the colors of a picture."""
    moments = Moments(3, full=True)
    for start in range(0, source.height, _ROWS):
        pixels = source.rows(start, min(source.height, start + _ROWS))
        moments.add(torch.from_numpy(np.ascontiguousarray(pixels)).reshape(-1, 3))
    return moments


def matched(style: PixelSource, content: Moments) -> Recolored:
    """The style with the content's mean color and color covariance."""
    of_style = color_moments(style)
    spread = symmetric_power(content.covariance, 0.5, _COLOR_CUT)
    matrix = spread @ symmetric_power(of_style.covariance, -0.5, _COLOR_CUT, of_style.rounding)
    return Recolored(style, matrix.numpy(), (content.mean - matrix @ of_style.mean).numpy())


def luminance(source: PixelSource) -> Recolored:
    """A picture as gray of its luminance."""
    return Recolored(source, np.tile(LUMA, (3, 1)), np.zeros(3))


def matched_luminance(style: PixelSource, content: Moments) -> Recolored:
    """The style as gray, with the mean and the standard deviation of the content's luminance."""
    mean_c, deviation_c = _luminance_of(content)
    of_style = color_moments(style)
    mean_s, deviation_s = _luminance_of(of_style)
    scale = deviation_c / deviation_s if deviation_s**2 > of_style.rounding else 0.0
    return Recolored(style, scale * np.tile(LUMA, (3, 1)), np.full(3, mean_c - scale * mean_s))


def _luminance_of(colors: Moments) -> tuple[float, float]:
    mean, covariance = colors.mean.numpy(), colors.covariance.numpy()
    return float(LUMA @ mean), float(np.sqrt(max(0.0, LUMA @ covariance @ LUMA)))
