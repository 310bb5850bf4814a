"""A server in this process, with its workers, a small network and no network connection."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from intaglio.storage.artifact import save_pretrained
from intaglio.web.caps import Caps
from style_networks import STYLE_CARDS, pretrained

if TYPE_CHECKING:
    from web.asking import Asker

# Without the extra `web`, which `make setup` installs, there is nothing to test.
collect_ignore_glob = [] if find_spec("fastapi") and find_spec("uvicorn") else ["test_*.py"]
CAPS = Caps(chunk_bytes=6_000, upload_bytes=3_000_000, pixels=1_000_000, unfinished=4, waiting=6)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Asker"]:
    """Asked with its token, as the page does."""
    from web.asking import asking

    model = tmp_path_factory.mktemp("models") / "small"
    save_pretrained(pretrained(STYLE_CARDS["adain"]), model)
    report = tmp_path_factory.mktemp("studies") / "report"
    report.mkdir()
    (report / "index.html").write_text("<!doctype html><title>A study</title>")
    with asking(tmp_path_factory.mktemp("page"), {"small": str(model)}, CAPS, (report,)) as asker:
        yield asker


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    """A JPEG of 200x150 pixels."""
    from stylizing.jobs import picture

    return picture(tmp_path / "photo.jpg", 150, 200, seed=5).read_bytes()
