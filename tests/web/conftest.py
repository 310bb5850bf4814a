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
    from web.chromium import Chromium
    from web.serving import Served

# Without the extra `web`, which `make setup` installs, there is nothing to test.
collect_ignore_glob = [] if find_spec("fastapi") and find_spec("uvicorn") else ["test_*.py"]
CAPS = Caps(chunk_bytes=6_000, chunk_seconds=2.0, upload_bytes=3_000_000, pixels=1_000_000, unfinished=4, waiting=6)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Asker"]:
    """Asked with its token, as the page does."""
    from web.asking import asking

    model = tmp_path_factory.mktemp("models") / "small"
    save_pretrained(pretrained(STYLE_CARDS["adain"]), model)
    from web.report_folder import folder

    report = folder(tmp_path_factory.mktemp("studies") / "report")
    (report / "index.html").write_text("<!doctype html><title>A study</title>")
    with asking(tmp_path_factory.mktemp("page"), {"small": str(model)}, CAPS, (report,)) as asker:
        yield asker


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Served"]:
    """A server as a process, with the networks of the package and a study's report, for browsers."""
    from web.report_folder import folder
    from web.serving import Served

    report = folder(tmp_path_factory.mktemp("studies") / "report")
    with Served(tmp_path_factory.mktemp("served") / "page", "--report", str(report)) as served:
        served.until(lambda: all(one["tiled"] for one in served.ask("pictures")))
        yield served


@pytest.fixture
def browser(tmp_path: Path) -> Iterator["Chromium"]:
    """A page in a browser of its own."""
    from web.chromium import PROGRAM, Chromium

    if PROGRAM is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    with Chromium(tmp_path / "profile") as browser:
        yield browser


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    """A JPEG of 200x150 pixels."""
    from stylizing.jobs import picture

    return picture(tmp_path / "photo.jpg", 150, 200, seed=5).read_bytes()
