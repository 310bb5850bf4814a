"""`Caps`: how much of this machine the page may be made to use."""

from typing import Annotated

from pydantic import Field, StringConstraints

from intaglio.vocabulary.spec import Spec

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""Names a picture, a job or a study; made here, never by a visitor."""


class Caps(Spec):
    """Each is refused by one line when it is passed."""

    upload_bytes: int = Field(default=2_000_000_000, gt=0)
    """Of one uploaded file."""
    chunk_bytes: int = Field(default=4_000_000, gt=0)
    """Of one request of an upload; it is held in memory."""
    chunk_seconds: float = Field(default=60.0, gt=0)
    """For one request to bring its body."""
    body_bytes: int = Field(default=65_536, gt=0)
    """Of any other request."""
    pixels: int = Field(default=200_000_000, gt=0)
    """Of a picture, by its header."""
    pictures: int = Field(default=500, gt=0)
    """Kept at a time."""
    unfinished: int = Field(default=16, gt=0)
    """Uploads that are not complete."""
    jobs: int = Field(default=500, gt=0)
    """Kept at a time."""
    waiting: int = Field(default=32, gt=0)
    """Jobs that are not done."""
    memory: int | None = None
    """Resident bytes of a job; None for most of what is free."""
