"""`translate`: a picture of one kind made one of another by a translator, whole and in memory.

Instance normalization asks for the mean and deviation of whole maps, layer after layer, so a picture is not cut into tiles.
What that takes is known before it starts.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from intaglio.images.header import Picture, read_header
from intaglio.images.output import check_output
from intaglio.images.whole import read_whole, write_whole
from intaglio.models.card import ModelCard
from intaglio.models.gan.networks import Translator
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import OptionError, ResourceError
from intaglio.vocabulary.quantities import format_bytes

# Interpreter, torch and libvips; how often the largest map is held: padded, convolved, normalized, rectified, and some reserve;
# how often the picture. Compared with resident memory at 0.3 to 1 megapixels the estimate is 10 to 50 % above.
_PROCESS, _MAPS, _PICTURES = 420_000_000, 5, 8
_FLOAT = 4
_TRIAL = 32


def translate(
    pretrained: Pretrained,
    picture: Path,
    out: Path,
    *,
    memory: int,
    device: torch.device | str = "cpu",
    quality: int = 90,
) -> Picture:
    """Translate a picture file.

    Args:
        pretrained: a translator.
        picture: of any format that `read_header` takes; it is made upright, 8 bits and sRGB.
        out: the file to write; its suffix says the format.
        memory: resident bytes that may be taken.
        device: where to compute.
        quality: 1 to 100, where the format loses anything.

    Returns:
        The header of the picture.

    Raises:
        OptionError: the network is no translator, or an output that cannot be.
        PictureError: a picture that cannot be read.
        ResourceError: the picture is too large for the memory, or the output cannot be written.

    """
    card = pretrained.card
    if not isinstance(pretrained.network, Translator):
        raise OptionError(f"{card.name} is a {card.family}; a translator is needed, `intaglio train cyclegan` makes one")
    header = read_header(picture)
    check_output(out, width=header.width, height=header.height, source=picture)
    _require_memory(pretrained.network, (header.height, header.width), memory)
    write_whole(translated(pretrained, read_whole(picture), device), out, quality=quality)
    return header


def translated(pretrained: Pretrained, pixels: NDArray[np.uint8], device: torch.device | str = "cpu") -> NDArray[np.uint8]:
    """A picture (H, W, 3), sRGB, translated.

    Sides that do not fit the network are filled up by reflection, and cut off in the end.
    """
    network, card = pretrained.network, pretrained.card
    height, width = pixels.shape[:2]
    padded = np.pad(pixels, (_missing(height, card), _missing(width, card), (0, 0)), mode="reflect")
    low, high = card.input_range
    with torch.inference_mode():
        picture = torch.from_numpy(padded).permute(2, 0, 1)[None].to(device).float().div_(255).mul_(high - low).add_(low)
        network.to(device).eval()
        made: Tensor = network(picture.contiguous(memory_format=torch.channels_last))[0]
        network.to("cpu")
        levels = made.sub(low).div(high - low).clamp(0, 1).mul(255).round().byte()
    found: NDArray[np.uint8] = levels.permute(1, 2, 0)[:height, :width].cpu().numpy()
    return found


def _require_memory(network: nn.Module, size: tuple[int, int], limit: int) -> None:
    """Refuse a picture of a height and width that takes more bytes than the limit, the process included."""
    height, width = size
    each = _FLOAT * (_MAPS * _widest(network) + 3 * _PICTURES)
    needed = int(_PROCESS + each * height * width)
    if needed > limit:
        share = max(0.0, (limit - _PROCESS) / (needed - _PROCESS)) ** 0.5
        raise ResourceError(
            f"{width}x{height} is too large: pictures are translated whole in memory, which takes {format_bytes(needed)}, and "
            f"{format_bytes(limit)} is allowed; {int(share * width)}x{int(share * height)} fits: make the picture smaller, or "
            "raise --memory"
        )


def _widest(network: nn.Module) -> float:
    """Values per pixel of the largest map."""
    sizes = [0]
    handles = [
        layer.register_forward_hook(lambda _, __, made: sizes.append(made.numel()))
        for layer in network.modules()
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d))
    ]
    try:
        with torch.inference_mode():
            network(torch.zeros(1, 3, _TRIAL, _TRIAL))
    finally:
        for handle in handles:
            handle.remove()
    return max(sizes) / _TRIAL**2


def _missing(side: int, card: ModelCard) -> tuple[int, int]:
    """How much is filled up before and behind a side."""
    wanted = max(card.smallest_side, -(-side // card.size_multiple) * card.size_multiple)
    return 0, wanted - side
