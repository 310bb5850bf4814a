"""What all tests of studies share."""

from collections.abc import Iterator

import pytest

from intaglio.studies.reporting import paces
from intaglio.studies.tickets.reporting import exhibits


@pytest.fixture(autouse=True, scope="session")
def _one_turn() -> Iterator[None]:
    """Reports measure how fast networks are, in turns; one will do here."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (paces, exhibits):
            patched.setattr(module, "_TURNS", 1)
        yield
