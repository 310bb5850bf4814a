"""What the API takes and gives: descriptions that the OpenAPI schema is made from."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from intaglio.stylizing.options import StylizeOptions
from intaglio.vocabulary.spec import Spec
from intaglio.web.caps import Id

JobState = Literal["queued", "running", "paused", "done", "failed", "canceled"]


class Wanted(Spec):
    """A stylization as it is asked for."""

    content: Id
    """Picture to stylize."""
    styles: tuple[Id, ...] = Field(min_length=1, max_length=8)
    """Pictures whose styles are mixed by the weights of the options."""
    network: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """Name in the list of networks."""
    options: StylizeOptions = Field(default_factory=lambda: StylizeOptions.parse({}, where="options"))


class PictureRecord(Spec):
    """A picture that was uploaded or comes along."""

    id: Id
    name: str
    """As its owner calls it; only ever shown."""
    role: Literal["photo", "style"]
    sample: bool
    """Whether it comes along with the server."""
    bytes: int
    received: int
    """Bytes of the upload that have arrived."""
    state: Literal["arriving", "ready", "refused"]
    width: int
    height: int
    tiled: bool
    """Whether its tiles are written."""
    error: str


class JobRecord(Spec):
    """A stylization: what was asked for, and how far it is."""

    id: Id
    wanted: Wanted
    state: JobState
    wish: Literal["run", "pause", "cancel"]
    """What its owner wants of it; the worker follows within a row of tiles."""
    device: str
    """Where it runs or ran; empty before it has begun."""
    width: int
    height: int
    task: str
    """What is being done."""
    step: int
    steps: int
    done: float
    """Megapixels of work done over all steps; the picture's size when all is done."""
    rows: int
    """Rows of the result that tiles show."""
    seconds: float
    """At work in all, also before an interruption."""
    remaining: float | None
    """Seconds, as far as is known."""
    created: float
    """Seconds since 1970."""
    error: str


class NetworkRecord(Spec):
    """A network at hand."""

    name: str
    title: str
    """What it is, in a line."""
    kind: str
    """Its name in the catalog of models."""
    parameters: int
    """That are not pruned."""
    bytes: int
    """Of its weights, as they are stored."""
    seconds_per_megapixel: float
    """On the first device: of the jobs that are done, or, before there are any, estimated from a short trial of the machine."""
    measured: bool = False
    """Whether it is of jobs that are done."""


class PlanRecord(Spec):
    """What a stylization will take."""

    width: int
    height: int
    megapixels: float
    passes: int
    """Walks over the picture."""
    memory: int
    """Peak of the worker, resident bytes."""
    disk: int
    """Peak of scratch space, bytes."""
    seconds: float = Field(ge=0)
    """Estimated."""
