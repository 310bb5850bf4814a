"""The decoder that AdaIN, SANet, MANet and MCCNet share: an `nn.Sequential` from relu4_1 on, linear at the end."""

from pathlib import Path

from torch import Tensor

from intaglio.models.style.vgg_codec import CONVOLUTIONS, depth_of
from intaglio.storage.foreign import read_state
from intaglio.storage.formats.renaming import chain_widths, rename
from intaglio.vocabulary.errors import WeightsError

# Positions in the nn.Sequential, in the order in which they run: conv4_1 first, conv1_1 last.
_SEQUENTIAL = ("1", "5", "8", "11", "14", "18", "21", "25", "28")


def read_decoder(file: Path, widths: tuple[int, ...], *, prefix: str) -> dict[str, Tensor]:
    """Weights under our keys.

    Args:
        file: the state dict.
        widths: of the encoder, up to relu4_1.
        prefix: put before every key.

    Raises:
        WeightsError: the file is damaged, unsafe, or mirrors another encoder.

    """
    decoder = read_state(file)
    found = chain_widths(decoder, _SEQUENTIAL, inputs=widths[-1], where=str(file))
    mirrored = (*widths[-2::-1], 3)
    if found != mirrored:
        raise WeightsError(f"{file} has widths {found}, its encoder asks for {mirrored}; they do not belong together")
    ours = reversed(CONVOLUTIONS[: depth_of("relu4_1")])
    return rename(decoder, dict(zip(_SEQUENTIAL, ours, strict=True)), where=str(file), prefix=prefix)
