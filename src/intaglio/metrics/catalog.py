"""The metrics, in the order in which tables show them; a new one is its file and its name here."""

from intaglio.metrics.comparison import Metric
from intaglio.metrics.content import CONTENT_DISTANCE, CONTENT_ERROR
from intaglio.metrics.frechet import FID
from intaglio.metrics.inception_score import INCEPTION_SCORE
from intaglio.metrics.kernel_distance import KID
from intaglio.metrics.precision_recall import PRECISION, RECALL
from intaglio.metrics.set_metric import SetMetric
from intaglio.metrics.structure import SSIM
from intaglio.metrics.style import GRAM_DISTANCE, STYLE_ERROR
from intaglio.metrics.total_error import TOTAL_ERROR
from intaglio.vocabulary.catalog import Catalog

METRICS: Catalog[Metric] = Catalog(
    "metric",
    [(metric.name, metric) for metric in (CONTENT_DISTANCE, CONTENT_ERROR, STYLE_ERROR, TOTAL_ERROR, GRAM_DISTANCE, SSIM)],
)
"""Of a stylized picture beside its content and its style."""

SET_METRICS: Catalog[SetMetric] = Catalog(
    "metric of sets", [(metric.name, metric) for metric in (FID, KID, INCEPTION_SCORE, PRECISION, RECALL)]
)
"""Of a set of generated pictures beside a set of real ones."""
