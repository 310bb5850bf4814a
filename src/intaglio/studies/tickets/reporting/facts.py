"""`Report`: all that a report on tickets says, as `report.json` has it; the page and the plots are drawn from it alone."""

from intaglio.studies.claims import Verdict
from intaglio.studies.layers import LayerShares
from intaglio.studies.levels import Findings
from intaglio.studies.reporting.header import Header
from intaglio.studies.tickets.lottery import LotterySpec
from intaglio.studies.tickets.published import Published
from intaglio.vocabulary.spec import Spec


class Winner(Spec):
    """A ticket that the report keeps as a file, and draws pictures with."""

    title: str
    """"dense", "best", "sparsest match" and so on."""
    arm: str
    round: int
    seed: int
    sparsity: float
    """Of the weights that may be pruned."""
    step: str
    """Digest of its training."""
    bytes: int = 0
    """Of its file, float32."""
    folder: str = ""
    """Below the report's folder, of the network as trained; empty if it is not kept."""


class Pace(Spec):
    """A network with and without the zeros of a ticket, on the same picture, in turns."""

    dense: float
    """Seconds, the median."""
    ticket: float
    sparsity: float
    picture: str
    """Its size."""
    turns: int
    hardware: str


class Account(Spec):
    """What there is to say about one network."""

    label: str
    lottery: LotterySpec
    findings: Findings
    published: tuple[Published, ...]
    verdicts: tuple[Verdict, ...]
    layers: tuple[LayerShares, ...]
    """Of the first arm that prunes."""
    winners: tuple[Winner, ...]
    """The dense network first."""
    pairs: tuple[tuple[str, str], ...] = ()
    """Content and style of each row of the contact sheet; none if there is no sheet."""
    pace: Pace | None = None


class Report(Header):
    """All of it."""

    accounts: tuple[Account, ...]
    waiting: tuple[str, ...]
    """Labels of which nothing is judged yet."""
    kinds: dict[str, str]
    """Kind of each network that the study begins with, by digest."""
