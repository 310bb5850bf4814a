"""`GanReport`: all that a report on tickets in GANs says, as `report.json` has it; page and plots are drawn from it alone."""

from intaglio.studies.claims import Verdict
from intaglio.studies.gans.findings import GanFindings
from intaglio.studies.gans.plan import GanLottery
from intaglio.studies.gans.published import PublishedCurve
from intaglio.studies.layers import LayerShares
from intaglio.studies.reporting.header import Header
from intaglio.studies.reporting.paces import Paces
from intaglio.vocabulary.spec import Spec


class Winner(Spec):
    """A generator that the report shows, and keeps as a file if it is a ticket of the first arm."""

    title: str
    arm: str
    round: int
    seed: int
    sparsity: float
    """Of its weights that may be pruned."""
    step: str
    """Digest of the game."""
    curve: tuple[tuple[int, float], ...]
    """Training steps, and its score after them."""
    bytes: int = 0
    """Of its file, float32."""
    folder: str = ""
    """Below the report's folder; empty if it is not kept."""


class Account(Spec):
    """What there is to say about one generator."""

    label: str
    """The preset, and of translations the direction."""
    lottery: GanLottery
    findings: GanFindings
    published: tuple[PublishedCurve, ...]
    verdicts: tuple[Verdict, ...]
    layers: tuple[LayerShares, ...]
    """Of the first arm."""
    winners: tuple[Winner, ...]
    """The dense one first."""
    paces: Paces | None = None
    """Of the dense generator and those with fewer channels; None where none have."""


class GanReport(Header):
    """All of it."""

    accounts: tuple[Account, ...]
    waiting: tuple[str, ...]
    """Presets of which nothing is judged yet."""
    kinds: dict[str, str]
    """Kind of each network that the study takes from elsewhere, by digest."""
