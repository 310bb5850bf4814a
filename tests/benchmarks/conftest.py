"""The scripts of `benchmarks/` are no package; a test that asks for the folder may import them."""

from pathlib import Path

import pytest


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, importable while the test runs; names of its scripts must not be those of folders of tests."""
    folder = Path(__file__).parents[2] / "benchmarks"
    monkeypatch.syspath_prepend(str(folder))
    return folder
