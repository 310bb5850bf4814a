"""What is kept of a picture's metadata: resolution, copyright, artist and description. The rest is dropped, GPS included."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyvips

from intaglio.images.ifd import add_texts, read_texts
from intaglio.images.xmp import read_packet, write_packet

_TAGS = {270: "description", 315: "artist", 33432: "copyright"}
_EXIF_NAMES = {"description": "ImageDescription", "artist": "Artist", "copyright": "Copyright"}
_EXIF_HEAD = b"Exif\0\0"
_MM_PER_INCH = 25.4
# Formats that must state a resolution get the one that readers assume where none is stated.
_DEFAULT_DPI = (72.0, 72.0)


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The part of a picture's metadata that is carried from input to output."""

    dpi: tuple[float, float] | None = None
    """Horizontal and vertical resolution of the file as stored, in pixels per inch; None where it states none."""
    description: str = ""
    artist: str = ""
    copyright: str = ""

    @property
    def texts(self) -> dict[str, str]:
        """The texts that are not empty, by field name."""
        fields = {"description": self.description, "artist": self.artist, "copyright": self.copyright}
        return {name: text for name, text in fields.items() if text}


def read_metadata(image: pyvips.Image, path: Path) -> Metadata:
    """Metadata of an opened picture; texts from XMP, or else EXIF, or else the tags of a TIFF file."""
    if image.get("vips-loader").startswith("tiff"):
        with path.open("rb") as file:
            texts = _read_texts(file)
    elif image.get_typeof("exif-data") != 0:
        texts = _read_texts(io.BytesIO(bytes(image.get("exif-data")).removeprefix(_EXIF_HEAD)))
    else:
        texts = {}
    if image.get_typeof("xmp-data") != 0:
        texts |= read_packet(bytes(image.get("xmp-data")))
    # One pixel per millimeter is what libvips reports for a file that states no resolution.
    stated = image.xres > 0 and image.yres > 0 and (image.xres, image.yres) != (1.0, 1.0)
    return Metadata(dpi=(image.xres * _MM_PER_INCH, image.yres * _MM_PER_INCH) if stated else None, **texts)


def tag_image(image: pyvips.Image, metadata: Metadata) -> pyvips.Image:
    """A copy of an image whose metadata the savers of libvips write as XMP and, in ASCII, as EXIF."""
    x, y = metadata.dpi or _DEFAULT_DPI
    image = image.copy(xres=x / _MM_PER_INCH, yres=y / _MM_PER_INCH)
    image.set_type(pyvips.GValue.gstr_type, "resolution-unit", "in")
    for name, text in metadata.texts.items():
        # libvips cuts a remark in parentheses off the end of such a value; it shall not be one of the text's own.
        value = f"{text} (ASCII)"
        image.set_type(pyvips.GValue.gstr_type, f"exif-ifd0-{_EXIF_NAMES[name]}", value)
    if metadata.texts:
        image.set_type(pyvips.GValue.blob_type, "xmp-data", write_packet(metadata.texts))
    return image


def tag_tiff(path: Path, metadata: Metadata) -> None:
    """Write the texts of the metadata into a finished TIFF file, which libvips does not do."""
    texts = {tag: metadata.texts[name] for tag, name in _TAGS.items() if name in metadata.texts}
    if texts:
        add_texts(path, texts)


def _read_texts(file: BinaryIO) -> dict[str, str]:
    return read_texts(file, _TAGS)
