"""Random numbers for generators, and the pictures that they make of them."""

from collections.abc import Iterator

import torch
from torch import Tensor

from intaglio.models.gan.networks import Generator
from intaglio.vocabulary.errors import OptionError

_BATCH = 64


def drawn(generator: Generator, count: int) -> tuple[Tensor, Tensor | None]:
    """Latents (count, latent) from a normal distribution and classes (count,), all alike probable; None if it tells none.

    Torch's generator of the device on which the weights lie is drawn from.
    """
    place = next(generator.parameters()).device
    latents = torch.randn(count, generator.config.latent, device=place)
    return latents, torch.randint(generator.classes, (count,), device=place) if generator.classes else None


@torch.no_grad()
def sampled(generator: Generator, count: int, seed: int, classes: Tensor | None = None) -> Iterator[Tensor]:
    """Pictures (N, 3, side, side) in [0, 1], batch by batch; the first ones are the same however many follow.

    Args:
        generator: on the CPU, in evaluation mode.
        count: how many.
        seed: of the latents, and of classes where none are given.
        classes: (count,), of a generator that tells some apart.

    Raises:
        OptionError: no picture at all.
        InputError: classes for a generator that has none.

    """
    if count < 1:
        raise OptionError(f"{count} pictures cannot be made; ask for at least 1")
    source = torch.Generator().manual_seed(seed)
    for first in range(0, count, _BATCH):
        # Whole batches are drawn: how many numbers a draw takes decides what the next one gives.
        latents, *told = (taken[: count - first] for taken in generator.example(source, _BATCH))
        if classes is not None:
            told = [classes[first : first + _BATCH]]
        yield generator(latents, *told).add(1).div(2).clamp(0, 1)
