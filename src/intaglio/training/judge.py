"""`Judge`: measures stylized pictures with every metric, and remembers what it saw of contents and styles."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from intaglio.images.header import read_header
from intaglio.images.whole import read_whole, size_in_memory
from intaglio.metrics.catalog import METRICS
from intaglio.metrics.comparison import CONTENT_LAYER, Comparison, LayerStatistics, Look, look_at
from intaglio.models.style.loss_network import LossNetwork
from intaglio.training.grid import Pair
from intaglio.vocabulary.errors import OptionError, PictureError

SMALLEST_SIDE = 32
"""A picture needs two positions at relu5_1, so that its features have a spread."""
MOST_PIXELS = 2_000_000
"""Of a picture: a full VGG-19 takes about 1.1 kB for each."""
# Statistics of one style through a full VGG-19 take 2.4 MB.
_STYLES = 256
_CPU = torch.device("cpu")


class Judge:
    """The metrics of the catalog through one loss network.

    Args:
        network: reaches relu4_1 at least; taken to `device`.
        size: shorter side that pictures are resized to; None for their own size.
        device: where features are computed.

    Raises:
        InputError: the network ends before relu4_1.
        OptionError: a size below `SMALLEST_SIDE`.

    """

    def __init__(self, network: LossNetwork, size: int | None, device: torch.device = _CPU) -> None:
        network.require([CONTENT_LAYER])
        if size is not None and size < SMALLEST_SIDE:
            raise OptionError(f"the size must be at least {SMALLEST_SIDE} pixels, not {size}")
        self.network, self.size, self.device = network.to(device), size, device
        # Pairs come ordered by content, so that one of them is enough.
        self._content = lru_cache(1)(self._look_at)
        self._style = lru_cache(_STYLES)(self._statistics_of)

    def check(self, path: Path) -> None:
        """Look at the header of a picture.

        Raises:
            PictureError: it cannot be read, has a side below `SMALLEST_SIDE`, or more than `MOST_PIXELS`.

        """
        width, height = size_in_memory(read_header(path), self.size)
        if min(width, height) < SMALLEST_SIDE:
            raise PictureError(f"{path}: {width}x{height} is too small to be judged; give a size of {SMALLEST_SIDE} or more")
        if width * height > MOST_PIXELS:
            raise PictureError(
                f"{path}: {width}x{height} is {width * height / 1e6:,.1f} Mpx, and at most {MOST_PIXELS / 1e6:g} Mpx are "
                "judged at once; give a smaller size"
            )

    def read(self, path: Path) -> Tensor:
        """A picture that passed `check`: (1, 3, H, W) in [0, 1], on the CPU.

        Raises:
            PictureError: it is damaged.

        """
        return torch.from_numpy(read_whole(path, shorter_side=self.size)).permute(2, 0, 1)[None] / 255

    def measure(self, pair: Pair, stylized: Tensor) -> dict[str, float]:
        """Values of all metrics of a stylized picture (1, 3, H, W) in [0, 1]."""
        look = look_at(stylized.to(self.device), self.network)
        compared = Comparison(content=self._content(pair.content), style=self._style(pair.style), stylized=look)
        return {name: value for metric in METRICS.values() for name, value in metric.measure(compared).items()}

    def digest(self) -> str:
        """16 hex digits that stand for the loss network's configuration and weights."""
        total = hashlib.sha256(f"{self.network.encoder.config.digest()}:{self.network.lifted}".encode())
        for name, tensor in self.network.encoder.state_dict().items():
            total.update(name.encode())
            total.update(tensor.cpu().contiguous().numpy().tobytes())
        return total.hexdigest()[:16]

    def _look_at(self, path: Path) -> Look:
        return look_at(self.read(path).to(self.device), self.network)

    def _statistics_of(self, path: Path) -> Mapping[str, LayerStatistics]:
        return self._look_at(path).statistics
