"""The metrics of a stylization, in the order in which tables show them; a new one is its file and its name here."""

from intaglio.metrics.comparison import Metric
from intaglio.metrics.content import CONTENT_DISTANCE, CONTENT_ERROR
from intaglio.metrics.structure import SSIM
from intaglio.metrics.style import GRAM_DISTANCE, STYLE_ERROR
from intaglio.metrics.total_error import TOTAL_ERROR
from intaglio.vocabulary.catalog import Catalog

METRICS: Catalog[Metric] = Catalog(
    "metric",
    [(metric.name, metric) for metric in (CONTENT_DISTANCE, CONTENT_ERROR, STYLE_ERROR, TOTAL_ERROR, GRAM_DISTANCE, SSIM)],
)
