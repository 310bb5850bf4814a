"""`CompressionReport`: all that a report on smaller style networks says, as `report.json` has it; all else is drawn from it."""

from intaglio.studies.claims import Verdict
from intaglio.studies.compression.findings import CompressionFindings
from intaglio.studies.compression.plan import CompressionPlan
from intaglio.studies.compression.published import Votes
from intaglio.studies.reporting.header import Header
from intaglio.studies.reporting.paces import Paces
from intaglio.vocabulary.spec import Spec


class Exhibit(Spec):
    """A network whose pictures are shown."""

    title: str
    remark: str
    step: str
    """Digest of the step that made it."""


class Account(Spec):
    """What there is to say about one network."""

    label: str
    plan: CompressionPlan
    findings: CompressionFindings
    exhibits: tuple[Exhibit, ...]
    published: tuple[Votes, ...]
    verdicts: tuple[Verdict, ...]
    paces: Paces | None = None


class CompressionReport(Header):
    """All of it."""

    accounts: tuple[Account, ...]
    waiting: tuple[str, ...]
    """Labels of which nothing is judged yet."""
    kinds: dict[str, str]
    """What the networks are that the study begins with, by digest."""
