"""`PublishedCurve`: what a paper found for tickets of one generator, to be set beside what a study found."""

from intaglio.vocabulary.spec import Spec


class PublishedCurve(Spec):
    """Scores of one arm, level by level."""

    preset: str
    generator: str
    arm: str
    task: str
    """What was learned."""
    scores: dict[float, float]
    """By sparsity; that of the dense network at 0."""
    where: str
    """Where they stand."""

    @property
    def dense(self) -> float:
        """Of the dense network."""
        return self.scores[0.0]

    @property
    def extreme(self) -> float:
        """Highest sparsity at which the dense network is matched; 0 if at none."""
        return max(sparsity for sparsity, score in self.scores.items() if score <= self.dense)


def _figure(preset: str, generator: str, task: str, *scores: float) -> PublishedCurve:
    rounds = {1 - 0.8**number: score for number, score in enumerate(scores)}
    where = "Chen et al. 2021, figure of the official repository, read off to about 0.5"
    return PublishedCurve(preset=preset, generator=generator, arm="imp-g", task=task, scores=rounds, where=where)


SNGAN = _figure("sngan", "generator", "CIFAR-10, FID", 15.7, 14.2, 14.3, 14.8, 15.2, 15.6, 16.8, 16.8, 17.4, 19.1, 19.6)
"""A fifth of the weights less with each score."""
CYCLEGAN = (
    _figure("cyclegan", "generator", "horse2zebra, FID", 74.0, 58.0, 59.1, 58.2, 60.6, 72.6, 80.4, 83.3, 86.5, 107.0, 108.9),
    _figure(
        *("cyclegan", "reverse-generator", "zebra2horse, FID"),
        *(133.1, 124.7, 124.1, 118.1, 115.6, 109.7, 117.9, 126.6, 123.6, 136.1, 141.1),
    ),
)
"""Both directions, pruned separately and trained together."""
