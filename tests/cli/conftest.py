"""Networks that the tests of the command line stylize with."""

from pathlib import Path

import pytest

from intaglio.cli.main import main
from intaglio.storage.artifact import save_pretrained
from style_networks import STYLE_CARDS, pretrained


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An artifact of a small network."""
    folder = tmp_path_factory.mktemp("models") / "small"
    save_pretrained(pretrained(STYLE_CARDS["adain"]), folder)
    return str(folder)


@pytest.fixture(scope="session")
def published(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The published 16x networks, imported by the command line."""
    folder = tmp_path_factory.mktemp("models") / "M"
    source = shared / "published" / "collaborative-distillation-16x"
    assert main(["import", "collaborative-distillation-16x", str(source), "-o", str(folder)]) == 0
    return str(folder)
