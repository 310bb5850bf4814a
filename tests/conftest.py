"""Settings of all tests: generated examples are the same in every run, and a busy machine is no failure."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same every time", derandomize=True, database=None, deadline=None)
settings.load_profile("same every time")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published weights and golden numbers, which lies beside the repository."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the folder `shared` with published weights and golden numbers is not beside the repository")
    return folder
