"""Pictures by generators as sets, to be compared with real ones: made batch by batch, whatever their number."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from intaglio.data.folder import PictureFolder
from intaglio.data.picture_sets import FilesSet, PictureSet, TensorSet
from intaglio.images.whole import write_whole
from intaglio.models.gan.networks import Generator
from intaglio.models.gan.sampling import sampled
from intaglio.storage.pretrained import Pretrained

# Pixels that a square of small pictures is enlarged to, at most.
_SHOWN, _QUALITY = 512, 92


class SampledSet:
    """Pictures of a generator, of latents that a seed decides.

    Args:
        made: the generator, on the CPU.
        count: pictures.
        seed: of the latents, and of classes where it tells some apart, all alike probable.

    """

    def __init__(self, made: Pretrained, count: int, seed: int) -> None:
        assert isinstance(made.network, Generator)
        self.made, self.generator, self.count, self.seed = made, made.network.eval(), count, seed
        self.where = f"{count:,} pictures of {made.card.name}"

    def __len__(self) -> int:
        return self.count

    def digest(self) -> str:
        """Of the generator and of what it is given."""
        return _digest(self.made.digest(), self.count, self.seed)

    def batches(self, side: int | None, size: int) -> Iterator[Tensor]:
        """As the protocol of sets says."""
        with torch.inference_mode():
            for pictures in sampled(self.generator, self.count, self.seed):
                yield from TensorSet(pictures.mul(255).round().byte(), self.where).batches(side, size)


class TranslatedSet:
    """Pictures of a folder, translated.

    Args:
        made: the translator, on the CPU.
        given: the folder.
        side: of the squares that they are made first, pixels, the middle of the longer side being kept.

    """

    def __init__(self, made: Pretrained, given: PictureFolder, side: int) -> None:
        made.network.eval()
        self.made, self.given, self.side = made, given, side
        self.where = f"{len(given):,} pictures translated by {made.card.name}"

    def __len__(self) -> int:
        return len(self.given)

    def digest(self) -> str:
        """Of the translator and of what it is given."""
        return _digest(self.made.digest(), self.given.digest(), self.side)

    def batches(self, side: int | None, size: int) -> Iterator[Tensor]:
        """As the protocol of sets says."""
        low, high = self.made.card.input_range
        with torch.inference_mode():
            for pictures in FilesSet(self.given, self.where).batches(self.side, size):
                made = self.made.network(pictures.float().div_(255).mul_(high - low).add_(low))
                levels = made.sub_(low).div_(high - low).clamp_(0, 1).mul_(255).round_().byte()
                yield from TensorSet(levels, self.where).batches(side, size)


def generated(made: Pretrained, given: PictureFolder | None, *, side: int, count: int, seed: int) -> PictureSet:
    """The pictures of a generator: of so many latents of a seed, or of all pictures of a folder at a side."""
    return SampledSet(made, count, seed) if given is None else TranslatedSet(made, given, side)


def draw_square(pictures: PictureSet, rows: int, out: Path, *, side: int) -> None:
    """Write the first pictures of a set as a square, on white where there are not so many, as a JPEG.

    Args:
        pictures: the set.
        rows: of the square.
        out: the file.
        side: of each picture, pixels.

    """
    shown = torch.full((rows * rows, 3, side, side), 255, dtype=torch.uint8)
    done = 0
    for batch in pictures.batches(side, rows):
        taken = batch[: len(shown) - done]
        shown[done : done + len(taken)] = taken
        done += len(taken)
        if done == len(shown):
            break
    square = shown.view(rows, rows, 3, side, side).permute(0, 3, 1, 4, 2).reshape(rows * side, rows * side, 3)
    times = max(1, _SHOWN // (rows * side))
    write_whole(square.numpy().repeat(times, 0).repeat(times, 1), out, quality=_QUALITY)


def _digest(*facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
