"""`AdversarialLoss`: what a discriminator makes small, and what a generator does."""

from abc import ABC, abstractmethod

from torch import Tensor


class AdversarialLoss(ABC):
    """A game of two; scores, high for what looks real, are of any shape, one a picture or one a patch, and are averaged."""

    name: str
    """In the catalog."""
    title: str
    """One line for lists."""

    @abstractmethod
    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """What the discriminator makes small, (), of scores of real pictures and of those that were made."""

    @abstractmethod
    def generator(self, fake: Tensor) -> Tensor:
        """What the generator makes small, (), of scores of the pictures that it made."""
