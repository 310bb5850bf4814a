"""`Sources`: the networks and pictures at hand, labelled ones too, by their digests, so that descriptions need no paths.

A study's folder keeps copies of its networks in `networks/DIGEST`, and says in `sources.json` where its pictures were. Where it
is at a URL, its networks are too, and every machine fetches those that it needs.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from intaglio.data.class_folders import read_labelled
from intaglio.data.folder import PictureFolder
from intaglio.data.labelled import LabelledPictures
from intaglio.data.unlabelled import read_to_learn
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.depot import Depot, is_url
from intaglio.storage.manifest import MANIFEST, Manifest
from intaglio.storage.pretrained import Pretrained
from intaglio.studies.workspace import NETWORKS, Workspace
from intaglio.training.evaluate import write_json
from intaglio.vocabulary.errors import InputError, IntaglioError, JournalError

_SOURCES = "sources.json"


@dataclass(frozen=True)
class Sources:
    """Where things are; small enough to be sent to another process."""

    networks: Mapping[str, str] = field(default_factory=dict)
    """Digest -> folder, URL or name of a network."""
    pictures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Digest -> folders of pictures."""
    labelled: Mapping[str, tuple[str, bool, int]] = field(default_factory=dict)
    """Digest -> folder of labelled pictures, whether those to learn from, and their side in pixels."""

    @classmethod
    def kept(cls, workspace: Workspace) -> Self:
        """Those of a study's folder.

        Raises:
            JournalError: it says nothing about them, or what it says is damaged.

        """
        try:
            kept = workspace.read(_SOURCES)
            if kept is None:
                raise JournalError(f"{workspace} has no {_SOURCES}; begin it with `intaglio study run`")
            content = json.loads(kept)
            pictures = {digest: tuple(paths) for digest, paths in content["pictures"].items()}
            labelled = {digest: (str(one), bool(learn), int(side)) for digest, (one, learn, side) in _labelled(content)}
        except IntaglioError:
            raise
        except (OSError, ValueError, LookupError, AttributeError, TypeError) as error:
            raise JournalError(f"{workspace}/{_SOURCES} is damaged ({error}); `intaglio study run` writes it again") from None
        networks = {digest: f"{workspace.place}/{NETWORKS}/{digest}" for digest in cls.kinds(workspace)}
        return cls(networks, pictures, labelled)

    def keep(self, workspace: Workspace) -> None:
        """Copy the networks into a study's folder, and say there where the pictures are, so that it can be carried elsewhere.

        Raises:
            InputError: a network is not the one of its digest.
            ResourceError: the folder cannot be written.

        """
        workspace.make()
        there = workspace.networks()
        for digest in self.networks:
            if digest not in there:
                name = f"{NETWORKS}/{digest}"
                save_pretrained(self.network(digest), workspace.folder / name)
                workspace.share(name, last=MANIFEST)
        labelled = {"labelled": self.labelled} if self.labelled else {}
        write_json(workspace.folder / _SOURCES, {"pictures": self.pictures, **labelled})
        workspace.share(_SOURCES)

    def paths(self) -> tuple[Path, ...]:
        """Where all of it lies; networks that come with the package, or are at a URL, lie nowhere."""
        pictures = [path for paths in self.pictures.values() for path in paths]
        networks = [path for path in self.networks.values() if Path(path).is_dir()]
        return tuple(Path(path) for path in (*networks, *pictures, *(path for path, _, _ in self.labelled.values())))

    @staticmethod
    def kinds(workspace: Workspace) -> dict[str, str]:
        """The kind of each network that a study's folder keeps, by digest: "wct"; none where it keeps none."""
        names = {digest: f"{NETWORKS}/{digest}" for digest in workspace.networks()}
        return {
            digest: Manifest.of(workspace.read(f"{name}/{MANIFEST}"), f"{workspace}/{name}").model
            for digest, name in names.items()
        }

    def network(self, digest: str) -> Pretrained:
        """The network of a digest.

        Raises:
            InputError: it is not at hand, or what lies there is another one by now.

        """
        if digest not in self.networks:
            raise InputError(f"the network {digest} is not at hand; name its folder to `intaglio study run`")
        found = from_pretrained(_here(self.networks[digest]))
        if found.digest() != digest:
            raise InputError(f"{self.networks[digest]} has the digest {found.digest()}, and {digest} is asked for; put it back")
        return found

    def folder(self, digest: str) -> PictureFolder:
        """The pictures of a digest.

        Raises:
            InputError: they are not at hand, or have changed.

        """
        if digest not in self.pictures:
            raise InputError(f"the pictures {digest} are not at hand; name their folder to `intaglio study run`")
        found = PictureFolder.scan([Path(path) for path in self.pictures[digest]])
        if found.digest() != digest:
            paths = ", ".join(self.pictures[digest])
            raise InputError(
                f"{paths}: the pictures have changed, their digest is {found.digest()} and not {digest}; put them back"
            )
        return found

    def classes(self, digest: str) -> LabelledPictures:
        """The labelled pictures of a digest.

        Raises:
            InputError: they are not at hand, or have changed.

        """
        if digest not in self.labelled:
            raise InputError(f"the labelled pictures {digest} are not at hand; name their folder to `intaglio study run`")
        folder, learn, side = self.labelled[digest]
        found = read_to_learn(Path(folder), side) if learn else read_labelled(Path(folder), learn=False, side=side)
        if found.digest() != digest:
            raise InputError(
                f"{folder}: the pictures have changed, their digest is {found.digest()} and not {digest}; put them back"
            )
        return found


def _here(place: str) -> str | Path:
    """A place that can be read, of a network that a study keeps: at a URL it is fetched once.

    Raises:
        InputError: it is not there.

    """
    if not is_url(place):
        return place
    url, *folders = place.rsplit("/", 2)
    depot, name = Depot.at(url), "/".join(folders)
    copy = depot.copy / name
    if not (copy / MANIFEST).is_file() and not depot.get(name, copy, MANIFEST):
        raise InputError(f"the network {place} is gone; `intaglio study run` with its networks puts it there again")
    return copy


def _labelled(content: Mapping[str, Any]) -> Iterable[tuple[str, tuple[str, bool, int]]]:
    """Of folders from before there were any, none."""
    found: Mapping[str, tuple[str, bool, int]] = content.get("labelled", {})
    return found.items()
