"""The test error by which lottery tickets in style transfer are judged: Kong et al. 2022, E = E_content + E_style.

Departures: those of `content_error` and `style_error`, which are added. Kong et al. take another E for each kind of network;
this one, that of AdaIN, is the same for all, so that networks of different kinds can be compared.
"""

from intaglio.metrics.comparison import Metric
from intaglio.metrics.content import content_error
from intaglio.metrics.style import style_errors

TOTAL_ERROR = Metric(
    name="total_error",
    title="E_content + E_style (Kong et al. 2022)",
    better="lower",
    measure=lambda compared: {"total_error": content_error(compared) + style_errors(compared)["style_error"]},
)
