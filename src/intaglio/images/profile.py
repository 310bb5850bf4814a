"""Colors of any picture to sRGB."""

from functools import lru_cache

import numpy as np
import pyvips

# Position and values of the color space in an ICC header.
_SPACE = slice(16, 20)
_SPACES = {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}
_LATTICE_STEPS = 17
_GRAY_STEPS = 256
_ONE_LEVEL = 257


def to_srgb(image: pyvips.Image, colors: int) -> pyvips.Image:
    """An opened picture as sRGB of the same depth, alpha last if there is one.

    The embedded ICC profile is converted with perceptual intent. Without one, or with one that is not for the picture's
    channels, RGB and gray are taken as sRGB and CMYK through the general profile of libvips. A profile that says sRGB in other
    words leaves the pixels as they are.

    Args:
        image: 8 or 16 bits; gray, RGB or CMYK.
        colors: 1, 3 or 4 color channels; one more band is alpha, unpremultiplied.

    Returns:
        (H, W, 3 or 4), lazily, in the order in which `image` delivers its rows.

    """
    depth = 16 if image.format == "ushort" else 8
    profile = _profile_of(image, colors)
    if colors == 4 or (profile is not None and not _is_srgb(profile, colors)):
        # libvips would fall back in silence on a profile of other channels; it must not see one.
        return image.icc_transform(
            "srgb",
            embedded=profile is not None,
            input_profile="cmyk" if colors == 4 else "srgb",
            intent="perceptual",
            depth=depth,
        )
    if colors == 1:
        gray = image.extract_band(0)
        image = gray.bandjoin([gray, image])
    return image.copy(interpretation="rgb16" if depth == 16 else "srgb")


def _profile_of(image: pyvips.Image, colors: int) -> bytes | None:
    if image.get_typeof("icc-profile-data") == 0:
        return None
    profile = bytes(image.get("icc-profile-data"))
    return profile if profile[_SPACE] == _SPACES[colors] else None


@lru_cache(maxsize=16)
def _is_srgb(profile: bytes, colors: int) -> bool:
    """Whether a profile moves no color of a lattice by more than one level of 255 on its way to sRGB."""
    if colors == 1:
        colors_in = np.linspace(0, 65535, _GRAY_STEPS).astype(np.uint16).reshape(1, -1, 1)
    else:
        axis = np.linspace(0, 65535, _LATTICE_STEPS).astype(np.uint16)
        colors_in = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(_LATTICE_STEPS, -1, 3)
    lattice = pyvips.Image.new_from_array(colors_in).copy(interpretation="grey16" if colors == 1 else "rgb16")
    lattice.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    colors_out = lattice.icc_transform("srgb", embedded=True, input_profile="srgb", intent="perceptual", depth=16).numpy()
    return bool(np.abs(colors_out[..., :3].astype(np.int64) - colors_in).max() <= _ONE_LEVEL)
