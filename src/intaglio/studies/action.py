"""`Action`: how one kind of step is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from intaglio.data.folder import PictureFolder
from intaglio.storage.artifact import from_pretrained
from intaglio.storage.pretrained import Pretrained
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

    def network(self, digest: str, at: int | None = None) -> Pretrained:
        """The network that a step made, or the snapshot of it after a training step; dense, pruned weights zero."""
        return replace(from_pretrained(network_of(self.workspace, digest, at)), ticket=None)

    def pictures(self, data: Mapping[str, str]) -> dict[str, PictureFolder]:
        """Those of each stream."""
        return {name: self.sources.folder(digest) for name, digest in data.items()}


def network_of(workspace: Workspace, digest: str, at: int | None = None) -> Path:
    """Where a step keeps the network that it made, or its snapshot after a training step."""
    folder = workspace.step(digest)
    return folder / "network" if at is None else folder / "snapshots" / str(at)


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
