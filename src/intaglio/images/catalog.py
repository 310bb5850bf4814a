"""The formats a picture can be written in. A new one is one more line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from intaglio.vocabulary.catalog import Catalog
from intaglio.vocabulary.errors import OptionError

_COMPRESSIONS = ("deflate", "lzw", "none")
# Below this quality, half the color resolution saves more than it shows.
_FULL_CHROMA_QUALITY = 90
# A classic TIFF file ends at 4 GiB. Compressed noise may be larger than the pixels, and a pyramid adds a third.
_CLASSIC_TIFF_BYTES = 2_500_000_000


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """How an output file is encoded.

    Raises:
        OptionError: a quality outside 1 to 100, or an unknown compression.

    """

    quality: int = 92
    """Of JPEG and WebP, 1 to 100; from 90 on, JPEG keeps the full color resolution (4:4:4)."""
    pyramid: bool = False
    """TIFF: add halved copies down to one tile, for viewers that zoom."""
    compression: str = "deflate"
    """TIFF: "deflate", "lzw" or "none"; all are lossless."""

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise OptionError(f"quality must be from 1 to 100, not {self.quality}")
        if self.compression not in _COMPRESSIONS:
            raise OptionError(f"unknown compression {self.compression!r}; choose {', '.join(_COMPRESSIONS)}")


@dataclass(frozen=True, kw_only=True)
class OutputFormat:
    """What a format can hold, and how libvips writes it."""

    name: str
    saver: str
    """Operation of libvips."""
    longest_side: int
    """In pixels."""
    deep: bool
    """Whether it holds 16 bits per channel."""
    alpha: bool
    arguments: Callable[[OutputOptions, int], Mapping[str, Any]]
    """Arguments of the saver, from the options and the bytes of the raw pixels."""

    @property
    def is_tiff(self) -> bool:
        """Whether it is the one format with pyramids."""
        return self.name == "TIFF"


def _jpeg(options: OutputOptions, _: int) -> Mapping[str, Any]:
    chroma = "off" if options.quality >= _FULL_CHROMA_QUALITY else "on"
    # No optimized coding and no progressive scans: for either, the encoder would hold the whole picture.
    return {"Q": options.quality, "subsample_mode": chroma}


def _png(_: OutputOptions, __: int) -> Mapping[str, Any]:
    return {"compression": 6}


def _tiff(options: OutputOptions, size: int) -> Mapping[str, Any]:
    return {
        "tile": True,
        "tile_width": 256,
        "tile_height": 256,
        "compression": options.compression,
        "predictor": "none" if options.compression == "none" else "horizontal",
        "pyramid": options.pyramid,
        "bigtiff": size > _CLASSIC_TIFF_BYTES,
        "resunit": "inch",
    }


def _webp(options: OutputOptions, _: int) -> Mapping[str, Any]:
    return {"Q": options.quality}


# JPEG itself ends at 65535, the encoder a little earlier.
JPEG = OutputFormat(name="JPEG", saver="jpegsave", longest_side=65500, deep=False, alpha=False, arguments=_jpeg)
PNG = OutputFormat(name="PNG", saver="pngsave", longest_side=2**31 - 1, deep=True, alpha=True, arguments=_png)
TIFF = OutputFormat(name="TIFF", saver="tiffsave", longest_side=2**31 - 1, deep=True, alpha=True, arguments=_tiff)
WEBP = OutputFormat(name="WebP", saver="webpsave", longest_side=16383, deep=False, alpha=True, arguments=_webp)

OUTPUTS: Catalog[OutputFormat] = Catalog(
    "output format",
    [(".jpg", JPEG), (".jpeg", JPEG), (".png", PNG), (".tif", TIFF), (".tiff", TIFF), (".webp", WEBP)],
)
