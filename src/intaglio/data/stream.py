"""`PictureStream`: an endless row of examples out of one folder, each fixed by its position."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intaglio.data.crop import Crop, examples
from intaglio.data.folder import PictureFolder
from intaglio.data.sampling import index
from intaglio.vocabulary.errors import PictureError
from intaglio.vocabulary.seeds import derive_seed


class PictureStream:
    """Examples by position; safe to call from many threads.

    Args:
        name: of the stream; streams of other names draw otherwise from the same seed.
        folder: the pictures.
        crop: how they are cut.
        seed: of the run.

    """

    def __init__(self, name: str, folder: PictureFolder, crop: Crop, seed: int) -> None:
        self.name = name
        self.folder = folder
        self.crop = crop
        self.broken: dict[Path, str] = {}
        """Pictures that could not be decoded so far, and why."""
        self._order_seed = derive_seed(seed, name, "order")
        self._crop_seed = derive_seed(seed, name, "crop")

    def example(self, position: int) -> NDArray[np.uint8]:
        """The example (size, size, 3) at a position from 0.

        If its picture cannot be decoded, the next one of the epoch stands in, with the same draw of the crop.

        Raises:
            PictureError: more than half of the pictures turned out broken.

        """
        return self._readable(position)[1]

    def file(self, position: int) -> Path:
        """The file that `example` takes at a position, as far as is known; decoded only where the planned one was broken."""
        planned = self._planned(position, 0)
        return self._readable(position)[0] if planned in self.broken else planned

    def _readable(self, position: int) -> tuple[Path, NDArray[np.uint8]]:
        seed = derive_seed(self._crop_seed, position)
        for tries in range(len(self.folder)):
            path = self._planned(position, tries)
            try:
                return path, examples(path, self.crop, seed)
            except PictureError as error:
                self._report(path, error)
            except Exception as error:
                error.add_note(f"while reading {path} for position {position} of the stream {self.name!r}")
                raise
        raise AssertionError("a folder of which no picture is readable was reported before")

    def _planned(self, position: int, tries: int) -> Path:
        epoch, offset = divmod(position, len(self.folder))
        position = epoch * len(self.folder) + (offset + tries) % len(self.folder)
        return self.folder.files[index(position, len(self.folder), self._order_seed)]

    def _report(self, path: Path, error: PictureError) -> None:
        reason = str(error).removeprefix(f"{path}: ")
        self.broken[path] = reason
        if 2 * len(self.broken) > len(self.folder):
            raise PictureError(
                f"{self.name}: {len(self.broken)} of {len(self.folder)} pictures cannot be decoded, the last one {path}: "
                f"{reason}; check the folder"
            ) from None
