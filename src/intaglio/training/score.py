"""`score`: generated pictures judged beside real ones, through a feature network.

Both sets are gone through once, whatever the number of metrics. Only the features of single pictures grow with a set, where a
metric needs them.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from intaglio.data.picture_sets import PictureSet
from intaglio.metrics.feature_network import FeatureNetwork
from intaglio.metrics.score import Score, SetProtocol
from intaglio.metrics.set_features import Seen, SetFeatures, gather
from intaglio.metrics.set_metric import SetMetric
from intaglio.storage.set_statistics import StatisticsKey, read_statistics, write_statistics
from intaglio.vocabulary.errors import OptionError
from intaglio.vocabulary.progress import Listener, Progress, ignore

# Of 299 x 299 through Inception: about 0.6 GB of feature maps.
_BATCH = 25


def score(
    real: PictureSet,
    fake: PictureSet,
    network: FeatureNetwork,
    metrics: Sequence[SetMetric],
    *,
    seed: int = 0,
    statistics: Path | None = None,
    listener: Listener = ignore,
) -> tuple[Score, ...]:
    """Judge a set of generated pictures.

    Args:
        real: what they are compared with.
        fake: the generated pictures.
        network: sees both.
        metrics: at least one.
        seed: of what metrics draw.
        statistics: folder that keeps what was seen of the real pictures; None keeps nothing.
        listener: told after each batch.

    Returns:
        A score for each metric, in their order.

    Raises:
        OptionError: no metric.
        InputError: too few pictures, pictures that cannot be read, or features that are not finite.
        ResourceError: the folder of statistics cannot be written.

    """
    if not metrics:
        raise OptionError("no metric; name at least one")
    for metric in metrics:
        metric.check(len(real), len(fake))
    features = any(metric.features for metric in metrics)
    key = StatisticsKey(pictures=real.digest(), network=network.digest, resize=network.resize)
    truth = read_statistics(statistics, key, features=features) if statistics else None
    watch = _Watch(listener, len(fake) + (0 if truth else len(real)))
    if truth is None:
        truth = gather(watch.seen(real, network), len(real), features=features, where=real.where)
        if statistics:
            write_statistics(statistics, key, truth)
    scores = any(metric.scores for metric in metrics)
    made = gather(watch.seen(fake, network), len(fake), features=features, scores=scores, where=fake.where)
    digest = fake.digest()
    return tuple(_scored(metric, truth, made, key, digest, network, seed) for metric in metrics)


def _scored(
    metric: SetMetric,
    real: SetFeatures,
    fake: SetFeatures,
    key: StatisticsKey,
    digest: str,
    network: FeatureNetwork,
    seed: int,
) -> Score:
    found = metric.measure(real, fake, seed)
    return Score(
        name=network.label(metric.symbol),
        value=found.value,
        spread=found.spread,
        note=found.note,
        fake=digest,
        protocol=SetProtocol(
            metric=metric.name,
            settings=metric.settings,
            real_count=real.count,
            fake_count=fake.count,
            real=key.pictures,
            network=network.name,
            network_digest=network.digest,
            dimensions=real.dimensions,
            resize=network.resize,
            seed=seed,
        ),
    )


class _Watch:
    """Tells how many pictures of all have been seen."""

    def __init__(self, listener: Listener, total: int) -> None:
        self._listener, self._total, self._done, self._began = listener, total, 0, time.monotonic()

    def seen(self, pictures: PictureSet, network: FeatureNetwork) -> Iterator[Seen]:
        """Features and scores of a set, batch by batch."""
        for batch in pictures.batches(network.side, _BATCH):
            yield network.see(batch)
            self._done += len(batch)
            seconds = time.monotonic() - self._began
            self._listener(
                Progress(
                    task=f"look at {pictures.where}",
                    step=1,
                    steps=1,
                    done=self._done,
                    total=self._total,
                    unit="pictures",
                    seconds=seconds,
                    remaining=seconds / self._done * (self._total - self._done),
                )
            )
