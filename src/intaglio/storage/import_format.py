"""`ImportFormat`: a kind of foreign checkpoint, and how it becomes a network of ours."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from intaglio.models.style.vgg_codec import Cut
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import InputError, OptionError
from intaglio.vocabulary.spec import Spec


class ImportOptions(Spec):
    """What can be asked of an import."""

    normalize_on: Path | None = None
    """A folder of photos; the mean activation of every channel over them becomes 1. For formats that say so."""
    cut: Cut | None = None
    """Which network of a folder that may hold several, by the layer whose features it stylizes; for formats that say so."""


@dataclass(frozen=True, kw_only=True)
class ImportFormat:
    """One format; its file ends in one of these, and the catalog lists it."""

    name: str
    """Name in the catalog and on the command line."""
    title: str
    """One line for lists."""
    model: str
    """Name of the model it becomes."""
    takes: Literal["file", "folder"]
    """What a path must be."""
    holds: str
    """What the file or folder holds, in words."""
    normalizes: bool = False
    """Whether `normalize_on` applies."""
    cuts: tuple[Cut, ...] = ()
    """What `cut` may be; the first that is there is taken where none is asked for."""
    read: Callable[[Path, ImportOptions], Pretrained]
    """The importer proper; pure. Callers go through the format itself, which checks path and options first."""

    def __call__(self, path: str | Path, options: ImportOptions | None = None) -> Pretrained:
        """Import a checkpoint; nothing is written, no code in it is run.

        Args:
            path: the file or folder.
            options: all at their default if left out.

        Raises:
            InputError: `path` is missing or of the other kind.
            OptionError: an option this format has no use for.
            WeightsError: a checkpoint that is damaged, unsafe, incomplete or of another format.

        """
        path, options = Path(path), options or ImportOptions()
        if not path.exists():
            raise InputError(f"there is no {self.takes} {path}; {self.name} takes a {self.takes} with {self.holds}")
        if path.is_dir() != (self.takes == "folder"):
            raise InputError(f"{path} is not a {self.takes}; {self.name} takes a {self.takes} with {self.holds}")
        if options.normalize_on is not None and not self.normalizes:
            raise OptionError(f"{self.name} has no use for normalizing on {options.normalize_on}; leave that option out")
        if options.cut is not None and options.cut not in self.cuts:
            known = f"{' or '.join(self.cuts)} is what it has" if self.cuts else "leave that option out"
            raise OptionError(f"{self.name} has no network at {options.cut}; {known}")
        return self.read(path, options)
