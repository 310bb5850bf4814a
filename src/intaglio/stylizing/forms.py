"""The forms a picture in memory comes in, and the way back: tensors, numpy arrays and PIL images.

Pillow is not needed: a caller who gives a PIL image has imported it.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from intaglio.vocabulary.errors import PictureError

if TYPE_CHECKING:
    from PIL.Image import Image

    PictureInMemory = Tensor | NDArray[Any] | Image

# Results are not clamped and may serve as pictures again; what lies further out is on another scale.
_LOWEST, _HIGHEST = -0.5, 2.0
_AS_THEY_ARE = ("L", "RGB", "RGBA", "I;16", "I;16L", "I;16B")
_CONVERTED = {"1": "L", "LA": "RGBA", "La": "RGBA", "RGBa": "RGBA", "PA": "RGBA"}
_CONVERTED |= dict.fromkeys(("RGBX", "CMYK", "YCbCr", "LAB", "HSV"), "RGB")


@dataclass(frozen=True, kw_only=True)
class Given:
    """A picture as the caller gave it."""

    pixels: NDArray[Any]
    """(H, W, 3 or 4), uint8, uint16 or float32; may be the caller's own memory, and is only read."""
    levels: np.dtype[Any]
    """Type the result is to have before it is given back."""
    give_back: Callable[[NDArray[Any]], Any]
    """A result of the shape of `pixels` in the caller's form."""


def take(picture: Any, role: str) -> Given:
    """A picture in memory.

    Args:
        picture: a tensor (1, 3, H, W) or (3, H, W) of floats in [0, 1] on any device; an array (H, W), (H, W, 3) or (H, W, 4)
            of uint8, uint16 or floats in [0, 1]; or a PIL image. Gray is taken as RGB, a fourth channel as alpha.
        role: how messages call it ("content", "style 2").

    Raises:
        PictureError: another type, shape or range, NaN or infinite values, or no pixels.

    """
    pillow = _pillow()
    if isinstance(picture, Tensor):
        return _from_tensor(picture, role)
    if isinstance(picture, np.ndarray):
        pixels = _from_array(picture, role)
        return Given(pixels=pixels, levels=pixels.dtype, give_back=lambda result: result)
    if pillow is not None and isinstance(picture, pillow.Image):
        pixels = _from_array(_array_of(picture, role), role)
        return Given(pixels=pixels, levels=np.dtype(np.uint8), give_back=pillow.fromarray)
    raise PictureError(f"{role}: {type(picture).__name__} is no type of picture; give a path, tensor, numpy array or PIL image")


def take_mask(mask: Any) -> NDArray[Any]:
    """Gray levels of a mask in memory, (H, W, 3 or 4); the first channel counts.

    Args:
        mask: as `take` has it; also booleans, (H, W) or (1, H, W) or (1, 1, H, W) tensors, but no value outside [0, 1].

    Raises:
        PictureError: as `take`.

    """
    if isinstance(mask, Tensor) and mask.dim() >= 2 and mask.shape[:-2].numel() == 1:
        mask = _numpy(mask, "mask").reshape(mask.shape[-2:])
    if isinstance(mask, np.ndarray) and mask.dtype == np.bool_:
        mask = mask.astype(np.float32)
    pixels = take(mask, "mask").pixels
    if pixels.dtype == np.float32 and not 0 <= float(pixels.min()) <= float(pixels.max()) <= 1:
        raise PictureError(f"mask: values from {pixels.min():.4g} to {pixels.max():.4g}; gray levels must be in [0, 1]")
    return pixels


def _pillow() -> ModuleType | None:
    return sys.modules.get("PIL.Image")


def _from_tensor(tensor: Tensor, role: str) -> Given:
    shape = tuple(tensor.shape)
    if shape[:-2] not in ((1, 3), (3,)):
        raise PictureError(f"{role}: a tensor of shape {shape}; give (1, 3, H, W) or (3, H, W)")
    if not tensor.is_floating_point():
        raise PictureError(f"{role}: a tensor of {tensor.dtype}; give floats in [0, 1] (divide levels up to 255 by 255)")
    planes = _numpy(tensor, role).reshape(shape[-3:])
    pixels = _from_array(planes.transpose(1, 2, 0), role)

    def give_back(result: NDArray[Any]) -> Tensor:
        return torch.from_numpy(result).permute(2, 0, 1).contiguous().reshape(shape).to(tensor.device)

    return Given(pixels=pixels, levels=pixels.dtype, give_back=give_back)


def _numpy(tensor: Tensor, role: str) -> NDArray[Any]:
    if tensor.is_meta or tensor.layout != torch.strided:
        raise PictureError(f"{role}: a sparse tensor, or one without values; give a dense one")
    dense = tensor.detach().cpu()
    # numpy knows no bfloat16.
    array: NDArray[Any] = (dense.float() if dense.dtype == torch.bfloat16 else dense).numpy()
    return array


def _from_array(array: NDArray[Any], role: str) -> NDArray[Any]:
    """(H, W, 3 or 4) of uint8, uint16 or float32, checked."""
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise PictureError(f"{role}: an array of shape {array.shape}; give (H, W), (H, W, 3) or (H, W, 4)")
    if array.size == 0:
        raise PictureError(f"{role}: shape {array.shape} holds no pixels")
    pixels = array[:, :, None] if array.ndim == 2 else array
    if array.dtype.kind == "f":
        _check_range(array, role)
        pixels = np.ascontiguousarray(pixels, dtype=np.float32)
    elif array.dtype.kind == "u" and array.dtype.itemsize <= 2:
        pixels = pixels.astype(array.dtype.newbyteorder("="), copy=False)
    else:
        raise PictureError(f"{role}: an array of {array.dtype}; give uint8, uint16 or floats in [0, 1]")
    return np.broadcast_to(pixels, (*pixels.shape[:2], 3)) if array.ndim == 2 else pixels


def _check_range(array: NDArray[Any], role: str) -> None:
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise PictureError(f"{role}: holds NaN or infinite values; give floats in [0, 1]")
    if low < _LOWEST or high > _HIGHEST:
        likely = next((top for top in (255, 65535) if low >= 0 and 2 < high <= top), None)
        hint = f"they are probably 0..{likely}, divide by {likely}" if likely else "undo the normalization"
        raise PictureError(f"{role}: values from {low:.4g} to {high:.4g}; floats are expected in [0, 1], {hint}")


def _array_of(image: Any, role: str) -> NDArray[Any]:
    of_palette = "RGBA" if image.mode == "P" and image.has_transparency_data else "RGB"
    wanted = of_palette if image.mode == "P" else _CONVERTED.get(image.mode, image.mode)
    if wanted not in _AS_THEY_ARE:
        raise PictureError(f"{role}: a PIL image of mode {image.mode!r} has no fixed range; convert it to RGB")
    try:
        return np.asarray(image if wanted == image.mode else image.convert(wanted))
    except OSError as error:
        raise PictureError(f"{role}: the PIL image cannot be decoded ({str(error)[:80]}); get the file again") from None
