"""Inception Score: pictures that each show one class, and together all of them.

Salimans, Goodfellow, Zaremba, Cheung, Radford & Chen, Improved Techniques for Training GANs, NIPS 2016, section 4. With p(y|x)
the probabilities of the classes for a picture and p(y) their mean over the pictures,

    IS = exp(mean of KL(p(y|x) || p(y))) = exp(H(p(y)) - mean of H(p(y|x))),

from 1 to the number of classes, over 10 splits of the generated pictures, of which mean and deviation are given. Real pictures
do not enter.

Departures:
- Pictures are shuffled by the seed before they are split, as torch-fidelity does: folders are sorted, by class for instance.
"""

import torch
from torch import Tensor

from intaglio.metrics.set_features import SetFeatures, shuffled
from intaglio.metrics.set_metric import Measured, SetMetric

_SPLITS = 10
_PER_SPLIT = 10


def inception_score(scores: Tensor) -> float:
    """The score of one split.

    Args:
        scores: (N, K), float64, logarithms of probabilities but for a constant.

    Returns:
        From 1, all pictures alike, to K.

    """
    probabilities = scores.softmax(1)
    entropy = torch.special.entr(probabilities).sum(1).mean()
    return float((torch.special.entr(probabilities.mean(0)).sum() - entropy).exp())


def _measure(_: SetFeatures, fake: SetFeatures, seed: int) -> Measured:
    assert fake.scores is not None
    splits = torch.tensor_split(fake.scores[shuffled(fake.count, seed, "is")].double(), _SPLITS)
    values = torch.tensor([inception_score(split) for split in splits], dtype=torch.float64)
    return Measured(value=float(values.mean()), spread=float(values.std(correction=0)))


INCEPTION_SCORE = SetMetric(
    name="is",
    symbol="IS",
    title="how sure the classes of pictures are, and how even over all (Salimans et al. 2016)",
    better="higher",
    settings=f"{_SPLITS} splits",
    least=_SPLITS * _PER_SPLIT,
    scores=True,
    measure=_measure,
)
