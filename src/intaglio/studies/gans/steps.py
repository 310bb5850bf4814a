"""The steps that studies of GANs are made of: games are played, their networks cut, and judged by the pictures that they make.

A game keeps all its networks, by their parts: "generator", "discriminator", and of translations "reverse-generator" and
"reverse-discriminator" too.
"""

from typing import Any

from pydantic import Field

from intaglio.vocabulary.spec import Spec


class Taken(Spec):
    """Weights of a game that was played: those of the optimizer, not their average."""

    game: str
    """Digest of the `Play`."""
    part: str
    at: int | None = None
    """The training step after which they were kept; None for the last."""


class Play(Spec):
    """A game: all its networks trained, masked or dense. Without training steps it gives fresh networks, theta_0."""

    preset: str
    """Name in the catalog of GANs or in that of translations."""
    data: dict[str, str]
    """Digest of the pictures to learn from: "pictures" of GANs, "first" and "second" of translations."""
    settings: dict[str, Any]
    """Of the preset's description, `training` among them."""
    start: dict[str, Taken] = Field(default_factory=dict)
    """The weights that parts begin with; the others begin fresh."""
    masks: dict[str, str] = Field(default_factory=dict)
    """Digest of the `CutPart` that parts are masked by; the others are dense."""
    teacher: Taken | None = None
    """A discriminator to be agreed with."""
    kept: tuple[int, ...] = ()
    """Training steps after which all networks are kept, too."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Digests of the steps that have to be done before."""
        taken = [*self.start.values(), *([self.teacher] if self.teacher else [])]
        return tuple(dict.fromkeys([*(one.game for one in taken), *self.masks.values()]))


class CutPart(Spec):
    """A mask of one network of a game: some of what another one keeps."""

    weights: Taken
    """That are ranked."""
    before: str = ""
    """Digest of the `CutPart` before; empty for all weights."""
    pruner: str
    """Name in the catalog of pruning methods."""
    sparsity: float = Field(ge=0, lt=1)
    """In the end, of the weights that may be pruned."""
    seed: int = 0
    """Of what is drawn."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Digests of the steps that have to be done before."""
        return (self.weights.game, *([self.before] if self.before else []))


class Narrow(Spec):
    """A network as a game began with it, without the channels whose scales are the smallest in the end: a channel ticket."""

    slimmed: str
    """Digest of the `Play` with slimming."""
    part: str
    keep: float = Field(gt=0, le=1)
    """Share of the channels that stay, of all that can go."""
    random: int | None = None
    """Seed of scales that are drawn, where those of the game do not count."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Digests of the steps that have to be done before."""
        return (self.slimmed,)


class Score(Spec):
    """The generators of a game judged by the pictures that they make, in the end and where they were kept before."""

    of: str
    """Digest of the `Play`."""
    preset: str
    real: dict[str, str]
    """By generator, the digest of the pictures that those it makes are compared with."""
    given: dict[str, str] = Field(default_factory=dict)
    """By generator that translates, the digest of the pictures to translate."""
    side: int = Field(ge=1)
    """Of the pictures, pixels."""
    features: str
    """Digest of the classifier that sees the pictures."""
    metrics: tuple[str, ...]
    """Names in the catalog of metrics of sets; the first one decides which tickets match."""
    samples: int = Field(ge=2)
    """Pictures that a generator makes; one that translates makes as many as it is given."""
    kept: tuple[int, ...] = ()
    """Training steps after which they are judged, too."""
    seed: int = 0
    """Of latents, and of what metrics draw."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Digests of the steps that have to be done before."""
        return (self.of,)
