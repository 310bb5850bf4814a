"""Sources and sinks that change colors, a pixel at a time."""

import numpy as np
from numpy.typing import NDArray

from intaglio.images.color import YIQ_FROM_RGB, to_rgb, to_yiq
from intaglio.stylizing.pixels import PixelSink, PixelSource

LUMA = np.asarray(YIQ_FROM_RGB, dtype=np.float64)[0]
"""Luminance of RGB, the Y of YIQ."""


class Recolored:
    """A source whose colors are mapped, `x -> matrix @ x + offset`, one pixel at a time.

    Args:
        source: the picture.
        matrix: (3, 3).
        offset: (3,).

    """

    bands = 3

    def __init__(self, source: PixelSource, matrix: NDArray[np.float64], offset: NDArray[np.float64]) -> None:
        self.source, self.height, self.width = source, source.height, source.width
        self.matrix, self.offset = matrix.astype(np.float32), offset.astype(np.float32)

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """Mapped rows."""
        pixels: NDArray[np.float32] = self.source.rows(start, stop) @ self.matrix.T + self.offset
        return pixels


class ContentChroma:
    """A sink that takes only the luminance of what it is given, and the chroma of the content.

    Args:
        sink: where the result goes.
        content: the picture whose chroma is kept.

    """

    def __init__(self, sink: PixelSink, content: PixelSource) -> None:
        self.sink, self.content = sink, content

    def write(self, start: int, pixels: NDArray[np.float32]) -> None:
        """Luminance of `pixels`, chroma of the content's rows."""
        yiq = to_yiq(self.content.rows(start, start + len(pixels))[:, :, :3])
        yiq[:, :, 0] = pixels @ LUMA.astype(np.float32)
        self.sink.write(start, to_rgb(yiq))

    def flush(self) -> None:
        """Pass on."""
        self.sink.flush()
