"""`PruningReport`: all that a report on structured pruning says, as `report.json` has it; page and plots are drawn from it."""

from intaglio.studies.claims import Verdict
from intaglio.studies.reporting.header import Header
from intaglio.studies.structured.findings import PruningFindings
from intaglio.studies.structured.plan import PruningPlan
from intaglio.studies.structured.published import Loss
from intaglio.vocabulary.spec import Spec


class LayerLoss(Spec):
    """What became of a layer; means over the seeds."""

    arm: str
    asked: float
    """Speedup that was asked for."""
    layer: str
    groups: int
    """0 for a layer that is left as it is."""
    gone: float
    recovered: float
    pushed: float
    """The largest push of a group that stayed, of all seeds."""
    macs: float
    """Multiply-accumulates per pixel of the picture, before."""
    left: float
    """Share of them."""


class Pushes(Spec):
    """Where the trace of a layer's groups lies that the report draws."""

    arm: str
    method: str
    asked: float
    """Speedup that was asked for."""
    seed: int
    layer: str
    step: str
    """Digest of the pruning."""


class Account(Spec):
    """What there is to say about one network."""

    label: str
    plan: PruningPlan
    findings: PruningFindings
    layers: tuple[LayerLoss, ...]
    pushes: tuple[Pushes, ...]
    published: tuple[Loss, ...]
    verdicts: tuple[Verdict, ...]
    pictures: dict[str, int]
    """How many there are of each digest, as far as is known."""


class PruningReport(Header):
    """All of it."""

    accounts: tuple[Account, ...]
    waiting: tuple[str, ...]
    """Labels of which nothing has learned yet."""
