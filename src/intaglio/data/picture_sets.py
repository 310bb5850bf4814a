"""Sets of pictures that are gone through once, in batches, to be compared with each other: files, or tensors in memory."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from intaglio.data.arrays import is_arrays, read_arrays
from intaglio.data.cifar import is_cifar, read_cifar
from intaglio.data.folder import PictureFolder
from intaglio.images.resize import resized
from intaglio.images.whole import middle, read_square, read_whole
from intaglio.vocabulary.errors import OptionError, PictureError

# Of pictures that keep their own size: bounds what a batch holds, 48 MB of bytes.
_MOST_PIXELS = 16_000_000


class PictureSet(Protocol):
    """Pictures to compare; generators of pictures can be one, too."""

    where: str
    """What messages call it."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def digest(self) -> str:
        """16 hex digits that stand for the pictures in their order."""
        ...

    def batches(self, side: int | None, size: int) -> Iterator[Tensor]:
        """All of them once: uint8 (P, 3, H, W), sRGB.

        Args:
            side: pictures are made squares of this side, the shorter side being resized and the middle kept; None for their
                own size.
            size: most pictures of a batch, whose pictures have one size.

        """
        ...


class FilesSet:
    """The pictures of folders and of those in them.

    Args:
        found: the pictures.
        where: what messages call them.

    Raises:
        PictureError: there are files that were meant as pictures and are none.

    """

    def __init__(self, found: PictureFolder, where: str) -> None:
        if found.skipped:
            first = found.skipped[0]
            raise PictureError(f"{first.path}: {first.reason}; mend or remove it, since the pictures of {where} are counted")
        self.where, self.files = where, found.files

    def __len__(self) -> int:
        return len(self.files)

    def digest(self) -> str:
        """Of the bytes of the files in the order of their names; the names do not enter."""
        total = hashlib.sha256()
        for path in self.files:
            try:
                total.update(hashlib.sha256(path.read_bytes()).digest())
            except OSError as error:
                raise PictureError(f"{path}: cannot be read ({error.strerror}); check its rights") from None
        return total.hexdigest()[:16]

    def batches(self, side: int | None, size: int) -> Iterator[Tensor]:
        """As the protocol says; where pictures keep sizes that differ, a batch ends before the first of another size.

        Raises:
            PictureError: a picture is damaged.

        """
        held: list[NDArray[np.uint8]] = []
        for path in self.files:
            pixels = read_whole(path) if side is None else read_square(path, side)
            if held and (
                len(held) == size or pixels.shape != held[0].shape or (len(held) + 1) * pixels.size > 3 * _MOST_PIXELS
            ):
                yield _stacked(held)
                held = []
            held.append(pixels)
        yield _stacked(held)


class TensorSet:
    """Pictures in memory.

    Args:
        pictures: (N, 3, H, W), uint8, sRGB, at least one.
        where: what messages call them.

    """

    def __init__(self, pictures: Tensor, where: str) -> None:
        self.pictures, self.where = pictures, where

    def __len__(self) -> int:
        return len(self.pictures)

    def digest(self) -> str:
        """Of their size and their pixels."""
        total = hashlib.sha256(repr(tuple(self.pictures.shape)).encode())
        total.update(self.pictures.contiguous().numpy().data)
        return total.hexdigest()[:16]

    def batches(self, side: int | None, size: int) -> Iterator[Tensor]:
        """As the protocol says."""
        height, width = self.pictures.shape[2:]
        for batch in torch.split(self.pictures, size):
            if side is None or height == width == side:
                yield batch
                continue
            scale = side / min(height, width)
            wide, high = round(width * scale), round(height * scale)
            made = [resized(picture.permute(1, 2, 0).numpy(), wide, high) for picture in batch]
            yield _stacked([middle(np.asarray(pixels, np.uint8), side) for pixels in made])


def read_picture_set(path: Path, *, test: bool = False) -> PictureSet:
    """The pictures of a folder, those of CIFAR-10, or those in a file of arrays.

    Args:
        path: a folder of pictures, one in an official layout of CIFAR-10, or a file as of `read_arrays`.
        test: of the last two, those to be tested on instead of those to learn from.

    Raises:
        OptionError: `test`, and it is any other folder.
        InputError: what is missing, has no pictures, or holds damaged ones.

    """
    if is_arrays(path):
        return TensorSet(read_arrays(path, learn=not test).pictures, str(path))
    if is_cifar(path):
        return TensorSet(read_cifar(path, learn=not test).pictures, str(path))
    if test:
        raise OptionError(
            f"{path} is not CIFAR-10 and has no part to be tested on; name the folder of the pictures that are meant"
        )
    return FilesSet(PictureFolder.scan(path), str(path))


def _stacked(pictures: list[NDArray[np.uint8]]) -> Tensor:
    """(P, H, W, 3) to (P, 3, H, W)."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
