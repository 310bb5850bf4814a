"""Pictures with transparency: the network sees colors, the result keeps the content's alpha."""

import numpy as np
from numpy.typing import NDArray

from intaglio.stylizing.pixels import PixelSink, PixelSource


class OpaquePixels:
    """The colors of a source with alpha, as they are stored.

    Args:
        source: four bands.

    """

    bands = 3

    def __init__(self, source: PixelSource) -> None:
        self.source, self.height, self.width = source, source.height, source.width

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """Without the fourth band."""
        return self.source.rows(start, stop)[:, :, :3]


class OnWhite(OpaquePixels):
    """The colors of a source with alpha, laid on white, as a viewer shows a cut-out; for styles.

    The colors hidden under full transparency would otherwise count as style.
    """

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """Composed."""
        pixels = self.source.rows(start, stop)
        alpha = pixels[:, :, 3:]
        return pixels[:, :, :3] * alpha + (1 - alpha)


class WithAlpha:
    """A sink that adds the alpha of a source to what it is given.

    Args:
        sink: four bands.
        source: whose alpha is taken, four bands.

    """

    def __init__(self, sink: PixelSink, source: PixelSource) -> None:
        self.sink, self.source = sink, source

    def write(self, start: int, pixels: NDArray[np.float32]) -> None:
        """Colors as given, alpha from the source."""
        alpha = self.source.rows(start, start + len(pixels))[:, :, 3:]
        self.sink.write(start, np.concatenate([pixels, alpha], axis=2))

    def flush(self) -> None:
        """Pass on."""
        self.sink.flush()
