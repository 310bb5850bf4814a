import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from feature_networks import classifier
from intaglio.data.picture_sets import TensorSet
from intaglio.metrics.catalog import SET_METRICS
from intaglio.metrics.feature_network import FeatureNetwork
from intaglio.metrics.score import Score
from intaglio.metrics.set_features import Seen
from intaglio.metrics.set_metric import SetMetric
from intaglio.storage.feature_network import classifier_features
from intaglio.training.score import score
from intaglio.vocabulary.errors import InputError, OptionError
from intaglio.vocabulary.progress import Progress

FEW: list[SetMetric] = [metric for metric in SET_METRICS.values() if metric.least <= 100]


def pictures(seed: int, count: int = 110, side: int = 32) -> TensorSet:
    drawn = torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))
    return TensorSet(drawn, f"set {seed}")


class Counted:
    """A feature network that counts what it sees."""

    def __init__(self) -> None:
        self.seen, self.network = 0, classifier_features(classifier())

    def counting(self) -> FeatureNetwork:
        def see(given: Tensor) -> Seen:
            self.seen += len(given)
            return self.network.see(given)

        return replace(self.network, see=see)


def test_every_score_carries_its_protocol() -> None:
    real, fake, network = pictures(0, 120), pictures(1), classifier_features(classifier())
    scores = score(real, fake, network, FEW, seed=3)
    assert [one.protocol.metric for one in scores] == [metric.name for metric in FEW]
    for one, metric in zip(scores, FEW, strict=True):
        said = one.protocol
        assert one.name == f"{metric.symbol}[convnet {network.digest[:6]}]"
        assert (said.real_count, said.fake_count, said.seed, said.settings) == (120, 110, 3, metric.settings)
        assert (said.real, one.fake) == (real.digest(), fake.digest())
        assert (said.network, said.network_digest, said.resize) == (network.name, network.digest, network.resize)
        assert said.dimensions == 8 * 4 * 4
        assert Score.parse(json.loads(one.model_dump_json()), where="test") == one


def test_a_score_is_one_line_with_everything_in_it() -> None:
    real, fake, network = pictures(0), pictures(1), classifier_features(classifier())
    for one, metric in zip(score(real, fake, network, FEW), FEW, strict=True):
        line = one.line()
        assert "\n" not in line
        assert line.startswith(f"{metric.symbol}[convnet {network.digest[:6]}] {one.value:.5g}")
        for fact in (f"110 real {real.digest()}", f"110 generated {fake.digest()}", network.digest, network.resize, "seed 0"):
            assert fact in line
        assert metric.settings in line
        assert one.note in line
    assert "110 pictures in 128 dimensions have a singular covariance" in score(real, fake, network, FEW[:1])[0].line()


def test_the_network_of_the_literature_gives_plain_names() -> None:
    network = replace(classifier_features(classifier()), published=True)
    (found,) = score(pictures(0), pictures(1), network, FEW[:1])
    assert found.name == "FID"


def test_what_was_seen_of_real_pictures_is_kept(tmp_path: Path) -> None:
    counted, kept = Counted(), tmp_path / "kept"
    first = score(pictures(0), pictures(1), counted.counting(), FEW, statistics=kept)
    assert counted.seen == 220
    again = score(pictures(0), pictures(1), counted.counting(), FEW, statistics=kept)
    assert counted.seen == 330
    assert again == first
    assert score(pictures(0), pictures(1), counted.counting(), FEW) == first
    (file,) = kept.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    counted.seen = 0
    assert score(pictures(0), pictures(1), counted.counting(), FEW, statistics=kept) == first
    assert counted.seen == 220


def test_pictures_are_made_as_large_as_the_network_takes_them() -> None:
    small, network = pictures(0, side=16), classifier_features(classifier())
    assert score(small, small, network, FEW[:1])[0].value < 1e-6


def test_the_listener_hears_of_all_pictures_in_the_end(tmp_path: Path) -> None:
    heard: list[Progress] = []
    network = classifier_features(classifier())
    for total in (220, 110):
        heard.clear()
        score(pictures(0), pictures(1), network, FEW[:1], statistics=tmp_path, listener=heard.append)
        assert [one.done for one in heard] == sorted(one.done for one in heard)
        assert (heard[-1].done, heard[-1].total, heard[-1].unit) == (total, total, "pictures")


class Untouchable(TensorSet):
    """Pictures that must not be looked at."""

    def batches(self, side: int | None, size: int) -> Iterator[Tensor]:
        raise AssertionError("looked at")


def test_what_cannot_be_measured_is_refused_before_anything_is_seen() -> None:
    real, fake = (Untouchable(pictures(0, count).pictures, "set") for count in (110, 99))
    network = classifier_features(classifier())
    with pytest.raises(InputError, match=r"is needs 100 pictures of each set, and there are 99 generated ones"):
        score(real, fake, network, FEW)
    with pytest.raises(OptionError, match=r"no metric"):
        score(real, fake, network, [])


def test_features_that_are_not_finite_are_told_with_their_set() -> None:
    network = classifier_features(classifier())
    broken = replace(network, see=lambda given: (network.see(given)[0] / 0, network.see(given)[1]))
    with pytest.raises(InputError, match=r"^set 0: features of pictures 1 to 25 are not finite"):
        score(pictures(0), pictures(1), broken, FEW[:1])
