"""What generators share, and what discriminators share: what they are given, what they give, and which calls are refused."""

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from intaglio.vocabulary.errors import InputError
from intaglio.vocabulary.spec import Spec


class GeneratorConfig(Spec):
    """What every generator says of itself."""

    latent: int = Field(default=128, ge=1)
    """Numbers that a picture is made of, each drawn from a standard normal distribution."""

    @property
    def side(self) -> int:
        """Of the pictures, pixels."""
        raise NotImplementedError


class Generator(nn.Module):
    """Latents (N, latent), and classes (N,) if it has some, to pictures (N, 3, side, side) in [-1, 1].

    Args:
        config: its configuration.
        classes: how many it tells apart; 0 for none.

    """

    def __init__(self, config: GeneratorConfig, classes: int = 0) -> None:
        super().__init__()
        self.config, self.classes = config, classes

    def forward(self, latents: Tensor, classes: Tensor | None = None) -> Tensor:
        """Pictures.

        Raises:
            InputError: latents of another width, classes that are missing, or classes for a network that has none.

        """
        if latents.dim() != 2 or latents.shape[1] != self.config.latent:
            raise InputError(
                f"latents of shape {tuple(latents.shape)} do not fit a generator of {self.config.latent}; "
                f"give (N, {self.config.latent})"
            )
        return self.painted(latents, _one_hot(classes, self.classes, latents))

    def painted(self, latents: Tensor, classes: Tensor | None) -> Tensor:
        """Pictures; what a network is made of. Classes are (N, classes), a one for each."""
        raise NotImplementedError

    def example(self, source: torch.Generator, count: int = 1) -> tuple[Tensor, ...]:
        """What it takes for so many pictures, drawn from a source."""
        return torch.randn(count, self.config.latent, generator=source), *_drawn_classes(self.classes, source, count)


class DiscriminatorConfig(Spec):
    """What every discriminator says of itself."""

    side: int = Field(default=32, ge=1)
    """Of the pictures that it is made for, pixels; costs are those of such a picture."""


class Discriminator(nn.Module):
    """Pictures (N, 3, H, W) in [-1, 1], and classes (N,) if it asks for them, to scores (N, 1 + C) or (N, 1 + C, h, w).

    The first score is high for pictures that look real. The other C, of an auxiliary classifier, say what is in them, as
    logarithms of probabilities but for a constant. A map of scores judges patches.

    Args:
        config: its configuration.
        classes: how many it has to be told of; 0 for none.

    """

    def __init__(self, config: DiscriminatorConfig, classes: int = 0) -> None:
        super().__init__()
        self.config, self.classes = config, classes

    def forward(self, pictures: Tensor, classes: Tensor | None = None) -> Tensor:
        """Scores.

        Raises:
            InputError: no color pictures, classes that are missing, or classes for a network that takes none.

        """
        if pictures.dim() != 4 or pictures.shape[1] != 3:
            raise InputError(f"pictures of shape {tuple(pictures.shape)} cannot be judged; give (N, 3, H, W)")
        return self.scores(pictures, _one_hot(classes, self.classes, pictures))

    def scores(self, pictures: Tensor, classes: Tensor | None) -> Tensor:
        """Scores; what a network is made of. Classes are (N, classes), a one for each."""
        raise NotImplementedError

    def example(self, source: torch.Generator, count: int = 1) -> tuple[Tensor, ...]:
        """What it takes, of so many pictures, drawn from a source."""
        side = self.config.side
        return 2 * torch.rand(count, 3, side, side, generator=source) - 1, *_drawn_classes(self.classes, source, count)


def _one_hot(classes: Tensor | None, count: int, like: Tensor) -> Tensor | None:
    """(N, count) of the type of `like`, or None for a network without classes."""
    if classes is None and not count:
        return None
    if classes is None:
        raise InputError(f"the network tells {count} classes apart, and none are given; give one for each picture")
    if not count:
        raise InputError("classes are given to a network that tells none apart; leave them out")
    if classes.shape != like.shape[:1]:
        raise InputError(f"classes of shape {tuple(classes.shape)} do not fit a batch of {len(like)}; give one a picture")
    return F.one_hot(classes, count).to(like.dtype)


def _drawn_classes(classes: int, source: torch.Generator, count: int) -> tuple[Tensor, ...]:
    return (torch.randint(classes, (count,), generator=source),) if classes else ()
