"""What `intaglio demo` did, in numbers: `demo.json`, and all that its page knows."""

from pydantic import Field

from intaglio.cli.demo_learned import Distillation
from intaglio.vocabulary.spec import Spec


class Network(Spec):
    """A network that was used."""

    name: str
    title: str
    parameters: int
    """Of the layers that run."""
    bytes: int
    """Of the weights of these layers, in float32."""
    license: str


class Stylization(Spec):
    """A picture stylized at full size."""

    network: str
    style: str
    picture: str
    """File, relative to the page; so are all others."""
    preview: str
    detail: str
    """A cut-out, pixel for pixel."""
    seconds: float
    megapixels: float
    peak_bytes: int
    """Most memory that the process held while it ran."""

    @property
    def seconds_per_megapixel(self) -> float:
        """Reading and writing included."""
        return self.seconds / self.megapixels


class Shown(Spec):
    """A sample picture: its file, a small copy, and its size."""

    name: str
    picture: str
    preview: str
    width: int
    height: int


class Demo(Spec):
    """All of it."""

    version: str
    threads: int
    """That stylized at the same time."""
    seconds: float
    content: Shown
    detail: str
    """A cut-out of the content, as those of the stylizations."""
    styles: tuple[Shown, ...]
    networks: tuple[Network, ...]
    stylizations: tuple[Stylization, ...]
    distillation: Distillation
    commands: tuple[tuple[str, str], ...] = Field(default=())
    """Pairs of what it does and the command."""
