"""What a run needs to know of its style pictures: their moments at every stage."""

from collections.abc import Sequence

import torch

from intaglio.images.header import PIXEL_BUDGET
from intaglio.models.card import ModelCard
from intaglio.models.style.moments import Moments
from intaglio.models.style.network import Stage
from intaglio.runtime.moments import count_features
from intaglio.runtime.operators import Target
from intaglio.runtime.stream import Stream
from intaglio.stylizing.padding import PaddedPicture
from intaglio.stylizing.passes import encoder_operators
from intaglio.stylizing.pixels import PixelSource
from intaglio.stylizing.tiles import Link, push_row
from intaglio.vocabulary.errors import OptionError


def read_style(
    stages: Sequence[Stage], card: ModelCard, style: PixelSource, target: Target, tile: tuple[int, int]
) -> list[Moments]:
    """Moments of one style picture at each stage, streamed, in memory bounded by the tile.

    The picture is encoded at its own size, as the papers' codes do; only one too small for the encoders is padded.
    """
    picture = PaddedPicture(style, max(style.height, card.smallest_side), max(style.width, card.smallest_side))
    found = []
    for stage in stages:
        moments = stage.moments(target.device)
        stream = Stream(encoder_operators(stage, target), picture.height, picture.width)

        def count(features: torch.Tensor, _top: int, _left: int, into: Moments = moments) -> torch.Tensor:
            count_features(into, features)
            return features

        for top in range(0, picture.height, tile[0]):
            band = picture.tensor(top, min(top + tile[0], picture.height))
            push_row([Link(stream, [count])], band, tile[1], target.device)
        found.append(moments)
    return found


def shares(weights: Sequence[float], count: int, masked: bool) -> list[float]:
    """Share of each style in the mixture, summing to 1.

    Raises:
        OptionError: no style; not one weight for each style; one that is negative; all zero; weights beside a mask.

    """
    if count == 0:
        raise OptionError("no style; give at least one style")
    if weights and masked:
        raise OptionError("a mask gives each style its region; leave the weights of the styles out")
    weights = weights or (1.0,) * count
    if len(weights) != count:
        raise OptionError(f"{len(weights)} weights for {count} styles; give one for each, or none")
    if min(weights) < 0 or not all(weight < float("inf") for weight in weights):
        raise OptionError(f"weights of styles must not be negative, got {min(weights):g}")
    if sum(weights) == 0:
        raise OptionError("weights of styles must not all be zero")
    return [weight / sum(weights) for weight in weights]


def style_size(
    stroke: float | None, content: tuple[int, int], style: tuple[int, int], largest: int | None = None
) -> tuple[int, int]:
    """Height and width at which a style is read.

    Args:
        stroke: its shorter side as a share of the content's; None for its own size.
        content: height and width.
        style: height and width.
        largest: without a stroke, the shorter side that it is brought to if it is larger.

    Raises:
        OptionError: the stroke makes the style larger than any picture may be.

    """
    if stroke is None and (largest is None or min(style) <= largest):
        return style
    shorter = largest if stroke is None else stroke * min(content)
    assert shorter is not None
    scale = shorter / min(style)
    if scale**2 * style[0] * style[1] > PIXEL_BUDGET:
        raise OptionError(
            f"a stroke of {stroke:g} enlarges a style of {style[1]}x{style[0]} {scale:.3g} times, "
            f"beyond {PIXEL_BUDGET / 1e6:,.0f} Mpx; give a smaller stroke"
        )
    return max(1, round(scale * style[0])), max(1, round(scale * style[1]))
