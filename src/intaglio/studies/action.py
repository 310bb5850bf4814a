"""`Action`: how one kind of step is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from intaglio.studies.sources import Sources
from intaglio.studies.workspace import Workspace
from intaglio.training.run import Conduct
from intaglio.vocabulary.spec import Spec

T = TypeVar("T", bound=Spec)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a step is done with."""

    workspace: Workspace
    sources: Sources
    conduct: Conduct


@dataclass(frozen=True, kw_only=True)
class Action(Generic[T]):
    """A kind of step."""

    kind: type[T]
    """Of the description."""
    needs: Callable[[T], tuple[str, ...]]
    """Digests of the steps that have to be done before."""
    cost: Callable[[T], float]
    """In training steps, roughly."""
    run: Callable[[T, Bench, Path], Mapping[str, Any]]
    """(description, bench, folder of the step) -> its result: the same for the same description, and nothing about time or
    place. A step that was killed is run again and goes on with what it finds in its folder."""
