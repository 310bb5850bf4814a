import pytest
import torch

from intaglio.metrics.set_features import gather, shuffled
from intaglio.vocabulary.errors import InputError
from metrics.gaussian_sets import drawn


def test_moments_are_those_of_all_features_at_once() -> None:
    features = drawn(0, 50, mean=20.0)
    found = gather([(rows, rows) for rows in torch.split(features, 7)], 50).moments
    torch.testing.assert_close(found.mean, features.double().mean(0), rtol=1e-13, atol=0)
    torch.testing.assert_close(found.covariance, torch.cov(features.double().T), rtol=1e-10, atol=1e-12)


def test_only_what_is_asked_for_is_kept() -> None:
    features = drawn(0, 10)
    batches = [(rows, rows[:, :2]) for rows in torch.split(features, 4)]
    assert gather(batches, 10).features is None
    assert gather(batches, 10).scores is None
    kept = gather(batches, 10, features=True, scores=True)
    assert kept.features is not None
    assert kept.scores is not None
    assert kept.features.equal(features)
    assert kept.scores.equal(features[:, :2])
    assert (kept.count, kept.dimensions) == (10, 6)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_features_and_scores_that_are_not_finite_are_refused_by_their_pictures(bad: float) -> None:
    fine, broken = drawn(0, 4), drawn(1, 4)
    broken[2, 3] = bad
    for last in ((broken, fine), (fine, broken)):
        with pytest.raises(InputError, match=r"^noise: features of pictures 5 to 8 are not finite; check the weights"):
            gather([(fine, fine), last], 8, where="noise")


@pytest.mark.parametrize(("count", "complaint"), [(7, "more pictures came where 7"), (9, "8 pictures came where 9")])
def test_sets_have_as_many_pictures_as_they_say(count: int, complaint: str) -> None:
    fine = drawn(0, 4)
    with pytest.raises(InputError, match=complaint):
        gather([(fine, fine), (fine, fine)], count, features=True)
    with pytest.raises(InputError, match="0 pictures came"):
        gather([], 3)


def test_a_shuffle_is_an_order_that_the_seed_and_the_name_decide() -> None:
    assert shuffled(20, 1, "a").sort().values.tolist() == list(range(20))
    assert shuffled(20, 1, "a").equal(shuffled(20, 1, "a"))
    assert not shuffled(20, 1, "a").equal(shuffled(20, 1, "b"))
    assert shuffled(5, 0, "pinned").tolist() == [4, 2, 3, 1, 0]
