"""What came out of judging a network: values for every pair, their means, and under which protocol."""

from statistics import median
from typing import Self

from intaglio.metrics.spread import Spread, spread
from intaglio.vocabulary.errors import InputError
from intaglio.vocabulary.spec import Spec


class Subject(Spec):
    """The network that is judged."""

    name: str
    """For tables."""
    model: str
    """Digest of configuration and weights."""
    parameters: int
    """Of all layers."""
    bytes: int
    """Of the file of weights."""
    macs_per_megapixel: float
    """Multiply-accumulates for a megapixel of content, encoders and decoders."""


class Protocol(Spec):
    """Everything that decides the values of an evaluation; two with the same protocol can be put side by side."""

    loss_network: str
    """Digest of the network whose features are compared."""
    metrics: tuple[str, ...]
    """Names of the metrics."""
    contents: str
    """Digest of the content pictures' names and bytes."""
    styles: str
    """Of the style pictures'."""
    content_count: int
    """Content pictures in the grid."""
    style_count: int
    """Style pictures in the grid."""
    size: int | None = None
    """Shorter side of all pictures; None for their own size."""
    sample: int | None = None
    """How many pairs of the grid were drawn; None for all."""
    seed: int = 0
    """Of the draw."""


class PairResult(Spec):
    """One content in one style."""

    content: str
    """Name of the file."""
    style: str
    """Name of the file."""
    megapixels: float
    """Of the content."""
    seconds: float
    """From content and style in memory to the stylized picture in memory."""
    values: dict[str, float]
    """By metric, parts as "metric.part"."""
    conditions: str = ""
    """Hardware, versions and date: what the seconds depend on."""


class Evaluation(Spec):
    """A network judged under a protocol."""

    subject: Subject
    protocol: Protocol
    conditions: tuple[str, ...]
    """Hardware, versions and dates under which pairs were stylized; several where it was interrupted."""
    pairs: int
    """How many were stylized."""
    seconds_per_megapixel: float
    """Median over the pairs; the style is read anew for each."""
    values: dict[str, Spread]
    """Means over the pairs, by metric."""
    results: tuple[PairResult, ...]
    """Pair by pair."""

    @classmethod
    def of(cls, subject: Subject, protocol: Protocol, results: tuple[PairResult, ...]) -> Self:
        """Summarize the results of at least one pair."""
        return cls(
            subject=subject,
            protocol=protocol,
            conditions=tuple(dict.fromkeys(result.conditions for result in results)),
            pairs=len(results),
            seconds_per_megapixel=median(result.seconds / result.megapixels for result in results),
            values={name: _spread(results, [result.values[name] for result in results]) for name in results[0].values},
            results=results,
        )

    def less(self, other: "Evaluation") -> dict[str, Spread]:
        """Means of the differences to `other`, pair by pair: surer than the difference of the means.

        Raises:
            InputError: the protocols differ.

        """
        if self.protocol != other.protocol:
            raise InputError(f"{self.subject.name} and {other.subject.name} were judged under different protocols")
        theirs = {(result.content, result.style): result.values for result in other.results}
        return {
            name: _spread(self.results, [one.values[name] - theirs[one.content, one.style][name] for one in self.results])
            for name in self.values
        }


def _spread(results: tuple[PairResult, ...], values: list[float]) -> Spread:
    return spread(values, [result.content for result in results], [result.style for result in results])
