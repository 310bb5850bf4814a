"""Settings of all tests: generated examples are the same in every run, and a busy machine is no failure."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import Phase, settings

# A failing example is not made smaller: with networks in it that takes minutes.
PHASES = (Phase.explicit, Phase.generate, Phase.target)
settings.register_profile("same every time", derandomize=True, database=None, deadline=None, phases=PHASES)
settings.load_profile("same every time")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published weights and golden numbers, which lies beside the repository."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the folder `shared` with published weights and golden numbers is not beside the repository")
    return folder


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Sums are split by threads, so processes that are to agree to the bit have as many: one, as with OMP_NUM_THREADS=1."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True, scope="session")
def choices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is measured of this machine is noted for these tests only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("intaglio.runtime.ways._FOLDER", tmp_path_factory.mktemp("choices"))
        yield
