"""Decoders that mirror an encoder; AdaIN, SANet, MANet and MCCNet share one: an `nn.Sequential` from relu4_1 on."""

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from intaglio.models.style.vgg_codec import CONVOLUTIONS
from intaglio.storage.foreign import read_state
from intaglio.storage.formats.renaming import chain_widths, rename
from intaglio.vocabulary.errors import WeightsError

SEQUENTIAL = ("1", "5", "8", "11", "14", "18", "21", "25", "28")
"""Keys of the convolutions: positions in the `nn.Sequential`, conv4_1 first, conv1_1 last."""


def read_decoder(file: Path, widths: tuple[int, ...], *, prefix: str, keys: Sequence[str] = SEQUENTIAL) -> dict[str, Tensor]:
    """Weights under our keys.

    Args:
        file: the state dict.
        widths: of the encoder, up to the decoder's cut.
        prefix: put before every key.
        keys: names of the convolutions in the file, in the order in which they run.

    Raises:
        WeightsError: the file is damaged, unsafe, or mirrors another encoder.

    """
    decoder = read_state(file)
    found = chain_widths(decoder, keys, inputs=widths[-1], where=str(file))
    mirrored = (*widths[-2::-1], 3)
    if found != mirrored:
        raise WeightsError(f"{file} has widths {found}, its encoder asks for {mirrored}; they do not belong together")
    ours = reversed(CONVOLUTIONS[: len(widths)])
    return rename(decoder, dict(zip(keys, ours, strict=True)), where=str(file), prefix=prefix)
