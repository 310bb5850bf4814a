"""`Header`: what the report of every study says, whatever it found."""

from datetime import UTC, datetime
from typing import Self

from intaglio.studies.definition import Definition
from intaglio.studies.history import History, describe_code, history
from intaglio.studies.study import Study
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.spec import Spec


class Header(Spec):
    """What was asked, and by whom it was done; reports add what was found."""

    study: str
    """Name of the definition."""
    title: str
    source: str
    scale: str
    study_digest: str
    """Of the study's description."""
    made: str
    """Day of the report, 2026-01-31."""
    code: str
    """That made the report."""
    history: tuple[History, ...]
    notes: tuple[str, ...] = ()
    """What the report lacks, and why."""

    @classmethod
    def of(cls, study: Study, definition: Definition, workspace: Workspace, **found: object) -> Self:
        """The header of a study, with what was found."""
        return cls(
            study=study.name,
            title=definition.title,
            source=definition.source,
            scale=study.scale,
            study_digest=study.digest(),
            made=datetime.now(UTC).date().isoformat(),
            code=describe_code(),
            history=tuple(history(study.steps(), workspace)),
            **found,  # type: ignore[arg-type]
        )
