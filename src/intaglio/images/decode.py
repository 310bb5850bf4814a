"""`open_srgb`: the pixels of a checked picture, lazily."""

import pyvips

from intaglio.images.header import Picture, open_image
from intaglio.images.profile import to_srgb
from intaglio.images.signature import identify
from intaglio.vocabulary.errors import PictureError


def open_srgb(picture: Picture) -> pyvips.Image:
    """The picture as a lazy sRGB image in stored orientation, bands and depth as `picture` says, for one pass downward.

    Raises:
        PictureError: the file is gone, damaged, or not the one whose header was read.

    """
    changed = PictureError(f"{picture.path}: changed since its header was read; start again")
    if identify(picture.path) != picture.format:
        raise changed
    image = open_image(picture.path, picture.format)
    if (image.width, image.height, image.bands) != (*picture.stored_size, picture.colors + picture.alpha):
        raise changed
    return to_srgb(image, picture.colors)
