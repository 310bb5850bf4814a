"""`Sources`: the networks and pictures at hand, by their digests, so that descriptions need no paths."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from intaglio.data.folder import PictureFolder
from intaglio.storage.artifact import from_pretrained
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import InputError


@dataclass(frozen=True)
class Sources:
    """Where things are; small enough to be sent to another process."""

    networks: Mapping[str, str] = field(default_factory=dict)
    """Digest -> folder or name of a network."""
    pictures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Digest -> folders of pictures."""

    def network(self, digest: str) -> Pretrained:
        """The network of a digest.

        Raises:
            InputError: it is not at hand, or what lies there is another one by now.

        """
        if digest not in self.networks:
            raise InputError(f"the network {digest} is not at hand; give its folder")
        found = from_pretrained(self.networks[digest])
        if found.digest() != digest:
            raise InputError(f"{self.networks[digest]} has the digest {found.digest()}, and {digest} is asked for; put it back")
        return found

    def folder(self, digest: str) -> PictureFolder:
        """The pictures of a digest.

        Raises:
            InputError: they are not at hand, or have changed.

        """
        if digest not in self.pictures:
            raise InputError(f"the pictures {digest} are not at hand; give their folder")
        found = PictureFolder.scan([Path(path) for path in self.pictures[digest]])
        if found.digest() != digest:
            paths = ", ".join(self.pictures[digest])
            raise InputError(
                f"{paths}: the pictures have changed, their digest is {found.digest()} and not {digest}; put them back"
            )
        return found
