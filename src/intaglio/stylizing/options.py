"""`StylizeOptions`: how a picture is stylized, as a frozen description."""

from typing import Literal

from pydantic import Field

from intaglio.runtime.runtime import Runtime
from intaglio.vocabulary.spec import Spec

KeepColors = Literal["none", "luminance", "match"]
Precision = Literal["float32", "bfloat16", "auto"]


class StylizeOptions(Spec):
    """Everything about a stylization but the pictures and the network."""

    strength: float = Field(1.0, ge=0.0, le=1.0)
    """0 reconstructs the content, 1 is the full style; applied at every stage."""
    weights: tuple[float, ...] = ()
    """Share of each style in the mixture; empty means equal shares. They need not sum to 1."""
    keep_colors: KeepColors = "none"
    """`luminance`: only the lightness is stylized, hue and saturation stay the content's; `match`: the style takes on
    the content's colors before it is read (both Gatys et al. 2016)."""
    stroke: float | None = Field(None, gt=0.0, allow_inf_nan=False)
    """Shorter side of the style as a share of the content's shorter side: larger means broader strokes, and the same number
    gives the same look at any resolution, as far as the network sees. None leaves the style at its own size."""
    approximate: bool = False
    """Where every position of the content attends to all others and there are too many to do it exactly, let keys and values be
    means of squares of neighboring positions."""
    precision: Precision = "float32"
    """Arithmetic of the convolutions; `auto` takes bfloat16 where the processor has it. Statistics are float64 always."""
    runtime: Runtime = "auto"
    """How the layers of pruned networks are executed on a CPU."""
