"""Fixtures of the storage tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from intaglio.models.catalog import MODELS
from intaglio.storage.artifact import save_pretrained
from intaglio.storage.pretrained import Pretrained


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def pretrained() -> Pretrained:
    torch.manual_seed(1)
    card = MODELS["wct"]
    return Pretrained(card=card, config=card.example, network=card.build(card.example))


@pytest.fixture
def artifact(pretrained: Pretrained, tmp_path: Path) -> Path:
    folder = tmp_path / "artifact"
    save_pretrained(pretrained, folder)
    return folder
