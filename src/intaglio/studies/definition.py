"""`Definition`: a question as studies of networks, at the scale that there is time for; each family has a kind of its own."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intaglio.studies.sources import Sources
from intaglio.studies.study import Study
from intaglio.studies.telling import Telling
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.errors import OptionError
from intaglio.vocabulary.progress import Listener, ignore
from intaglio.vocabulary.spec import Spec


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked of a definition, as on a command line."""

    scale: str
    networks: tuple[str, ...] = ()
    """Those of the definition if left out."""
    folders: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    """Of pictures, by option: "--content"."""
    begin: Mapping[str, str] = field(default_factory=dict)
    """Networks to begin with, by option: "--encoder"."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the descriptions."""

    def check(self, *, needs: tuple[str, ...], hint: str, may: tuple[str, ...] = ()) -> None:
        """See that what a family needs is there, and nothing that it has no use for.

        Args:
            needs: options with folders that have to be there.
            hint: what to do about those that are missing.
            may: options that may be there.

        Raises:
            OptionError: naming the options.

        """
        if missing := [option for option in needs if not self.folders.get(option)]:
            raise OptionError(f"{', '.join(missing)} is missing; {hint}")
        given = [*(option for option, paths in self.folders.items() if paths), *self.begin]
        if unused := [option for option in given if option not in (*needs, *may)]:
            raise OptionError(f"{', '.join(unused)} is not used by this study; it takes {', '.join((*needs, *may))}")


@dataclass(frozen=True, kw_only=True)
class Definition(ABC):
    """A question."""

    name: str
    title: str
    """One line for lists."""
    source: str
    """What of which paper it is."""
    networks: tuple[str, ...]
    """That are studied where nobody says which."""

    @abstractmethod
    def asked(self, request: Request) -> tuple[Study, Sources]:
        """What to run, and where what it is made of lies.

        Raises:
            OptionError: options that are missing, or that nobody has use for.
            SpecError: a field that there is not, or a value that does not fit.
            UnknownNameError: a scale or a network that is not known.

        """

    @abstractmethod
    def read(self, content: Any, where: str) -> Study:
        """What was asked, from the description in a study's folder.

        Raises:
            SpecError: it is not known to this version.

        """

    @abstractmethod
    def told(self) -> Telling:
        """The question: what is compared, and what the paper says."""

    @abstractmethod
    def found(self, study: Study, workspace: Workspace) -> Telling:
        """What was found so far."""

    @abstractmethod
    def report(self, study: Study, workspace: Workspace, out: Path, *, listener: Listener = ignore) -> tuple[str, ...]:
        """Write a report of what was found so far.

        Args:
            study: what `workspace` describes.
            workspace: of the study; it may be running.
            out: folder, made if need be; files of an earlier report are replaced.
            listener: hears of what takes long.

        Returns:
            What the report lacks, and why.

        Raises:
            JournalError: there is nothing to report yet.
            ResourceError: the folder cannot be written.

        """


def merged(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with others in their place; of descriptions in them the fields that are given."""
    found = dict(fields)
    for name, value in changes.items():
        before = found.get(name)
        if isinstance(before, Spec):
            before = before.model_dump()
        found[name] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return found
