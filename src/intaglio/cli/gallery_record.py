"""What `intaglio gallery` shows, in numbers: `gallery.json`, and all that its page knows."""

from statistics import median

from intaglio.vocabulary.spec import Spec


class Source(Spec):
    """A content or a style."""

    name: str
    picture: str
    """The file at the size it was taken, relative to the page; so are all others."""
    width: int
    height: int
    origin: str
    """Digest of name and bytes of the file that was given."""


class Exhibitor(Spec):
    """A network."""

    name: str
    title: str
    paper: str
    streaming: str
    license: str
    model: str
    """Digest of configuration and weights."""
    parameters: int
    bytes: int
    """Of the file of weights."""
    macs_per_megapixel: float
    """Multiply-accumulates of its convolutions for a megapixel of content."""


class Work(Spec):
    """A content in a style, by a network."""

    content: str
    style: str
    network: str
    picture: str
    facts: str
    """Digest of all that the picture depends on: network, content, style and size."""
    megapixels: float
    seconds: float
    """From content and style in memory to the result in memory."""
    conditions: str
    """Hardware, versions and date: what the seconds depend on."""


class Gallery(Spec):
    """All of it."""

    size: int
    """Longest side of contents and styles, pixels."""
    contents: tuple[Source, ...]
    styles: tuple[Source, ...]
    networks: tuple[Exhibitor, ...]
    works: tuple[Work, ...]
    """Ordered by content, style, network; fewer than there are to be where it was interrupted."""

    def pace(self, network: str) -> float | None:
        """Seconds per megapixel of content, median over the network's works; None where it has none."""
        paces = [work.seconds / work.megapixels for work in self.works if work.network == network]
        return median(paces) if paces else None
