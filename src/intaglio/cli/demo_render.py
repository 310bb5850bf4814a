"""A picture of `intaglio demo` stylized, and measured while it is."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from intaglio.storage.pretrained import Pretrained

_POLLED = 0.02


@dataclass
class Measured:
    """Filled in when the block of `measured` ends."""

    seconds: float = 0.0
    peak_bytes: int = 0


@contextmanager
def measured() -> Iterator[Measured]:
    """Time of a block, and the most memory that the process held meanwhile, as far as a look every 20 ms sees."""
    import psutil

    process, done, found = psutil.Process(), threading.Event(), Measured()

    def watch() -> None:
        while not done.wait(_POLLED):
            found.peak_bytes = max(found.peak_bytes, process.memory_info().rss)

    found.peak_bytes = process.memory_info().rss
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    began = time.monotonic()
    try:
        yield found
    finally:
        found.seconds = time.monotonic() - began
        done.set()
        watcher.join()


def render(
    pretrained: "Pretrained", content: Path, style: Path, out: Path, *, stroke: float | None = None, strength: float = 1.0
) -> Measured:
    """Stylize a file and measure it."""
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.stylizing.job import StyleJob
    from intaglio.stylizing.options import StylizeOptions

    job = StyleJob(pretrained, content, [style], out, options=StylizeOptions(stroke=stroke, strength=strength))
    with progress_bar(out.name) as listener, measured() as found:
        job.run(listener=listener)
    return found
