"""`open_study`: from a study's folder to the question that it asks."""

from intaglio.studies.catalog import DEFINITIONS
from intaglio.studies.definition import Definition
from intaglio.studies.study import Study
from intaglio.studies.workspace import Workspace


def open_study(workspace: Workspace) -> tuple[Definition, Study]:
    """What is asked in a folder.

    Raises:
        JournalError: it is no study's, damaged, or of a newer format.
        SpecError: what is asked is not known to this version.
        UnknownNameError: nor is the study.

    """
    content = workspace.description()
    definition = DEFINITIONS[str(content.get("name", ""))]
    return definition, definition.read(content, str(workspace))
