"""Machines that share nothing but a URL: each has a cache of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def machine(home: Path) -> Iterator[None]:
    """Be a machine, or rather a user there, with this folder as home."""
    home.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        yield
