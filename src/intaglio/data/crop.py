"""`Crop`: how a picture of any size becomes a square example, and `examples`, which does it.

The published training codes differ here, and their results with it:

    Collaborative Distillation (Wang et al., 2020)      shorter side to 300, crop of 256, flipped
    Linear style transfer (Li et al., 2019)             shorter side to 256, crop of 256, flipped
    AdaIN (Huang and Belongie, 2017), SANet, MCCNet     squashed to 512 x 512, crop of 256

Resizing is bilinear with antialiasing, as in those codes, and differs from theirs by less than one level of 255 on average.

*Departures.* A JPEG more than four times too large is decoded at a half, a quarter or an eighth of its size and resized from
there, at least by a factor of two. Pictures are turned upright as their EXIF orientation says, transparent ones are laid on
white, and embedded profiles are converted to sRGB.
"""

from pathlib import Path
from typing import Literal, Self

import numpy as np
import pyvips
from numpy.typing import NDArray
from pydantic import Field, model_validator

from intaglio.images.failures import unreadable
from intaglio.images.header import Picture, open_image, read_header
from intaglio.images.orientation import upright
from intaglio.images.profile import to_srgb
from intaglio.vocabulary.seeds import derive_seed
from intaglio.vocabulary.spec import Spec

_WHITE = {8: 255, 16: 65535}
# What the last step must still reduce: the blocks that a JPEG decoder averages alias.
_LEFT_TO_RESIZE = 2


class Crop(Spec):
    """How a picture becomes a square example: resized, a random square cut out, perhaps mirrored."""

    size: int = Field(gt=0)
    """Side of the square, pixels."""
    resize: Literal["shorter", "squash", "none"] = "none"
    """What happens before the cut: the shorter side becomes `to` and the aspect is kept; both sides become `to`; or nothing,
    except that a picture smaller than the square is enlarged, aspect kept, until the square fits."""
    to: int | None = Field(default=None, gt=0)
    """Side that `resize` aims at, pixels, at least `size`; None where nothing is resized."""
    flip: bool = False
    """Mirror every other picture, left to right, at random."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.resize == "none" and self.to is not None:
            raise ValueError("`to` says how large pictures become, but resize is 'none'; leave it out")
        if self.resize != "none" and (self.to is None or self.to < self.size):
            raise ValueError(f"resize {self.resize!r} needs `to`, at least the size of the crop ({self.size})")
        return self


def examples(path: Path, crop: Crop, seed: int) -> NDArray[np.uint8]:
    """A training example out of a picture file: a pure function of the file, the crop and the seed.

    Rows below the square are decoded only where that is no detour, so damage there may go unseen.

    Args:
        path: a file of any format, depth and color space that `read_header` takes.
        crop: the size, and what to do before and after the cut.
        seed: decides where the square lies, all places being equally likely, and whether it is mirrored.

    Returns:
        (size, size, 3), sRGB, contiguous.

    Raises:
        PictureError: not a picture, refused, damaged or cut short.

    """
    picture = read_header(path)
    width, height = _resized_size(picture.width, picture.height, crop)
    left = derive_seed(seed, "left") % (width - crop.size + 1)
    top = derive_seed(seed, "top") % (height - crop.size + 1)
    stored = (height, width) if picture.orientation >= 5 else (width, height)
    place = _stored_place(left, top, stored, crop.size, picture.orientation)
    try:
        pixels = _cut(picture, stored, place, crop.size)
    except pyvips.Error as error:
        raise unreadable(path, error) from None
    pixels = upright(pixels, picture.orientation)
    mirrored = crop.flip and derive_seed(seed, "flip") % 2 == 1
    return np.ascontiguousarray(pixels[:, ::-1]) if mirrored else pixels


def _resized_size(width: int, height: int, crop: Crop) -> tuple[int, int]:
    """Width and height before the cut; the longer side is rounded down, as torchvision does."""
    if crop.resize == "squash":
        assert crop.to is not None
        return crop.to, crop.to
    shorter = min(width, height)
    target = crop.to or max(shorter, crop.size)
    return target * width // shorter, target * height // shorter


def _stored_place(left: int, top: int, stored: tuple[int, int], size: int, orientation: int) -> tuple[int, int]:
    """Left and top, in a picture as stored, of a square given in the upright one."""
    width, height = stored
    if orientation >= 5:
        left, top = top, left
    # What `upright` mirrors: stored columns for 2, 3, 7, 8 and stored rows for 3, 4, 6, 7.
    return (
        width - size - left if orientation in (2, 3, 7, 8) else left,
        height - size - top if orientation in (3, 4, 6, 7) else top,
    )


def _cut(picture: Picture, stored: tuple[int, int], place: tuple[int, int], size: int) -> NDArray[np.uint8]:
    """The square as stored, (size, size, 3)."""
    image = open_image(picture.path, picture.format, shrink=_shrink(picture, stored)).copy()
    # Examples are decoded side by side; threads within one would only be in the way. Holds for this picture alone.
    image.set_type(pyvips.GValue.gint_type, "vips-concurrency", 1)
    if picture.alpha:
        # Before resizing: colors that do not show must not mix into those that do.
        image = to_srgb(image, picture.colors).flatten(background=[_WHITE[picture.bits]] * 3)
    image = _stretched(image, *stored).crop(*place, size, size).copy_memory()
    if not picture.alpha:
        image = to_srgb(image, picture.colors)
    pixels: NDArray[np.uint8] = (image.cast("uchar", shift=True) if picture.bits == 16 else image).numpy()
    return pixels


def _shrink(picture: Picture, stored: tuple[int, int]) -> int:
    if picture.format != "jpeg":
        return 1
    ratio = min(have / want for have, want in zip(picture.stored_size, stored, strict=True))
    return next((shrink for shrink in (8, 4, 2) if ratio >= _LEFT_TO_RESIZE * shrink), 1)


def _stretched(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """Lazily at another size: bilinear, widened by the factor where it gets smaller."""
    image = image.resize(min(1.0, width / image.width), vscale=min(1.0, height / image.height), kernel="linear")
    across, down = width / image.width, height / image.height
    if across == down == 1:
        return image
    # `resize` of libvips moves what it enlarges by up to half a pixel; here centers of pixels stay where they belong.
    return image.copy_memory().affine(
        [across, 0, 0, down],
        interpolate=pyvips.Interpolate.new("bilinear"),
        oarea=[0, 0, width, height],
        idx=0.5 - 0.5 / across,
        idy=0.5 - 0.5 / down,
        extend="copy",
    )
