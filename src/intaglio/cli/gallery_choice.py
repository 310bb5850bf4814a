"""From what is typed after `intaglio gallery` to what is shown: everything is opened once, and refused before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from intaglio.cli.gallery_record import Exhibitor, Source
from intaglio.vocabulary.spec import Spec

if TYPE_CHECKING:
    from intaglio.storage.pretrained import Pretrained

PICTURES = "pictures"
_SMALLEST = 32
# What file systems allow for a name, less what is put before it while a file is written.
_LONGEST_NAME = 255 - 20


class Facts(Spec):
    """All that a picture depends on; its digest says whether one that is there is still the one. Fields are digests."""

    content: str
    style: str
    network: str
    size: int
    """But this, the longest side, in pixels."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A work that is to hang; records beside what they are about."""

    content: tuple[Source, Path]
    style: tuple[Source, Path]
    network: "tuple[Exhibitor, Pretrained]"
    picture: str
    """The file, relative to the page."""
    facts: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is shown."""

    contents: tuple[tuple[Source, Path], ...]
    styles: tuple[tuple[Source, Path], ...]
    networks: "tuple[tuple[Exhibitor, Pretrained], ...]"
    size: int

    def works(self) -> list[Wanted]:
        """Ordered by content, style, network."""
        return [
            Wanted(
                content=content,
                style=style,
                network=network,
                picture=f"{PICTURES}/{content[0].name}_{style[0].name}_{network[0].name}.jpg",
                facts=Facts(
                    content=content[0].origin, style=style[0].origin, network=network[0].model, size=self.size
                ).digest(),
            )
            for content, style, network in product(self.contents, self.styles, self.networks)
        ]


def choose(contents: Sequence[str], styles: Sequence[str], models: Sequence[str], size: int) -> Choice:
    """Read headers and networks.

    Raises:
        OptionError: a size that is too small, something given twice, or names that cannot be told apart as files.
        PictureError: a picture that cannot be read.
        InputError: a network that is none, is damaged, or does not stylize.

    """
    from intaglio.vocabulary.errors import OptionError

    if size < _SMALLEST:
        raise OptionError(f"--size is at least {_SMALLEST} pixels, not {size}")
    choice = Choice(
        contents=tuple(_sources(contents, "content", size)),
        styles=tuple(_sources(styles, "style", size)),
        networks=tuple(_networks(models)),
        size=size,
    )
    sources = [source.picture for source, _ in (*choice.contents, *choice.styles)]
    _refuse_names([*sources, *(work.picture for work in choice.works())])
    return choice


def shorter_side(width: int, height: int, size: int) -> int | None:
    """Of a picture whose longer side is to be at most `size`; None for one that needs no change."""
    longest = max(width, height)
    return None if longest <= size else max(1, round(min(width, height) * size / longest))


def _sources(texts: Sequence[str], role: str, size: int) -> list[tuple[Source, Path]]:
    from intaglio.cli.batch import find_contents
    from intaglio.cli.names import short_names
    from intaglio.images.header import read_header
    from intaglio.images.whole import size_in_memory
    from intaglio.training.grid import digest_of_pictures

    paths = find_contents(texts)
    stems = [path.with_suffix("") for path in paths]
    names = short_names(paths if len(set(stems)) < len(stems) else stems, f"name each {role} once")
    found = []
    for name, path in zip(names, paths, strict=True):
        header = read_header(path)
        width, height = size_in_memory(header, shorter_side(header.width, header.height, size))
        picture = f"{PICTURES}/{role}_{name}.jpg"
        origin = digest_of_pictures([path])
        found.append((Source(name=name, picture=picture, width=width, height=height, origin=origin), path))
    return found


def _networks(models: Sequence[str]) -> "list[tuple[Exhibitor, Pretrained]]":
    from intaglio.cli.evaluation import read_subject
    from intaglio.cli.names import short_names

    folders = [Path(model) for model in models]
    found = []
    for name, folder in zip(short_names(folders, "name each network once"), folders, strict=True):
        subject, pretrained = read_subject(folder, name)
        exhibitor = Exhibitor(
            name=name,
            title=pretrained.card.title,
            paper=pretrained.card.paper,
            streaming=pretrained.card.streaming,
            license=pretrained.source.license,
            model=subject.model,
            parameters=subject.parameters,
            bytes=subject.bytes,
            macs_per_megapixel=subject.macs_per_megapixel,
        )
        found.append((exhibitor, pretrained))
    return found


def _refuse_names(pictures: Sequence[str]) -> None:
    """Two pictures of one name would overwrite each other; one that the disk refuses would cost the work."""
    from intaglio.vocabulary.errors import OptionError

    for number, picture in enumerate(pictures):
        if picture in pictures[:number]:
            raise OptionError(f"two pictures would be called {picture}; rename a content, a style or a network")
        try:
            length = len(Path(picture).name.encode())
        except UnicodeEncodeError:
            raise OptionError(f"{picture!a} is no name in UTF-8; rename what it is made of") from None
        if length > _LONGEST_NAME:
            raise OptionError(f"{picture} is too long for a file's name; rename a content, a style or a network")
