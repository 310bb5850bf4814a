"""What a GAN's two networks make small: a discriminator that tells real pictures from made ones, a generator that it believes.

Departures:
- Real and made pictures pass the discriminator as one batch, except where it normalizes by batches, which would mix them. With
  spectral normalization that is one step of power iteration for both, where codes that pass them one by one take two.
- Pictures that the discriminator learns from are made without gradients, and the generator's gradients pass a discriminator
  whose own are not computed; nothing but time depends on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from intaglio.models.gan.networks import Discriminator, Generator
from intaglio.models.gan.sampling import drawn
from intaglio.objectives.adversarial.auxiliary import auxiliary_loss
from intaglio.objectives.adversarial.distillation import realness_divergence
from intaglio.objectives.adversarial.loss import AdversarialLoss
from intaglio.objectives.adversarial.wasserstein import gradient_penalty
from intaglio.objectives.freezing import frozen

ADVERSARIAL, CLASSES, PENALTY, DISTILLATION = "adversarial", "classes", "penalty", "distillation"


@dataclass(frozen=True, kw_only=True)
class GanLosses:
    """The terms of both losses, and their weights."""

    adversarial: AdversarialLoss
    penalty: float = 0.0
    """Of the gradient penalty of WGAN-GP."""
    classes: float = 0.0
    """Of the auxiliary classifier."""
    distillation: float = 0.0
    """Of the divergence from a teacher."""


class DiscriminatorTraining(nn.Module):
    """The objective of a discriminator, on batches of `pictures` in [0, 1] and `labels`; it makes as many pictures itself.

    Args:
        discriminator: trained.
        generator: makes pictures, in training mode.
        losses: which terms.
        teacher: a discriminator to agree with, in evaluation mode; for a weight of the distillation.

    """

    def __init__(
        self, discriminator: Discriminator, generator: Generator, losses: GanLosses, teacher: Discriminator | None = None
    ) -> None:
        super().__init__()
        self.trained, self.generator, self.losses, self.teacher = discriminator, generator, losses, teacher
        self.weights: dict[str, float] = {
            PENALTY: losses.penalty,
            CLASSES: losses.classes,
            DISTILLATION: losses.distillation,
        }
        self.joined = not any(isinstance(layer, nn.BatchNorm2d) for layer in discriminator.modules())
        """Whether real and made pictures pass it as one batch."""
        self.made: Tensor | None = None
        """The pictures that were made last, in [-1, 1]."""

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The terms."""
        real, labels = signed(batch["pictures"]), batch["labels"]
        with torch.no_grad():
            latents, classes = drawn(self.generator, len(real))
            fake = self.made = self.generator(latents, classes)
        real_scores, fake_scores = self._scores(real, labels, fake, classes)
        terms = {ADVERSARIAL: self.losses.adversarial.discriminator(real_scores[:, :1], fake_scores[:, :1])}
        if self.losses.penalty:
            shares = torch.rand(len(real), device=real.device)
            terms[PENALTY] = gradient_penalty(lambda between: judged(self.trained, between, labels)[:, :1], real, fake, shares)
        if self.losses.classes:
            terms[CLASSES] = auxiliary_loss(real_scores, labels)
        if self.teacher is not None:
            with torch.no_grad():
                theirs = [judged(self.teacher, real, labels), judged(self.teacher, fake, classes)]
            ours = torch.cat([real_scores, fake_scores])
            terms[DISTILLATION] = realness_divergence(ours[:, :1], torch.cat(theirs)[:, :1])
        return terms

    def show(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        """The pictures."""
        return [batch["pictures"]]

    def _scores(self, real: Tensor, labels: Tensor, fake: Tensor, classes: Tensor | None) -> tuple[Tensor, Tensor]:
        if not self.joined:
            return judged(self.trained, real, labels), judged(self.trained, fake, classes)
        told = None if classes is None else torch.cat([labels, classes])
        real_scores, fake_scores = judged(self.trained, torch.cat([real, fake]), told).chunk(2)
        return real_scores, fake_scores


class GeneratorTraining(nn.Module):
    """The objective of a generator; it takes nothing of its batches.

    Args:
        generator: trained.
        discriminator: judges, and is left as it is, except for vectors of spectral normalization and statistics of batches.
        losses: which terms.
        batch: pictures that it makes in a step.

    """

    def __init__(self, generator: Generator, discriminator: Discriminator, losses: GanLosses, batch: int) -> None:
        super().__init__()
        self.trained, self.discriminator, self.losses, self.batch = generator, discriminator, losses, batch
        self.weights: dict[str, float] = {CLASSES: losses.classes}

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The terms."""
        latents, classes = drawn(self.trained, self.batch)
        with frozen(self.discriminator):
            scores = judged(self.discriminator, self.trained(latents, classes), classes)
        terms = {ADVERSARIAL: self.losses.adversarial.generator(scores[:, :1])}
        if self.losses.classes and classes is not None:
            terms[CLASSES] = auxiliary_loss(scores, classes)
        return terms

    def show(self, batch: Mapping[str, Tensor]) -> list[Tensor]:
        """Pictures that it makes."""
        return [self.trained(*drawn(self.trained, len(batch["pictures"]))).add(1).div(2)]


def signed(pictures: Tensor) -> Tensor:
    """From [0, 1] to [-1, 1]."""
    return pictures.mul(2).sub(1).contiguous(memory_format=torch.channels_last)


def judged(discriminator: Discriminator, pictures: Tensor, classes: Tensor | None) -> Tensor:
    """Scores; it hears of the classes if it asks for them."""
    scores: Tensor = discriminator(pictures, classes if discriminator.classes else None)
    return scores
