"""Seconds and memory of `intaglio stylize`, beside the same network on the whole picture at once.

    python benchmarks/stylize.py                   everything but the largest picture
    python benchmarks/stylize.py --huge            the 20000 x 20000 picture too
    python benchmarks/stylize.py --only ratio      one part: ratio, sizes, tiles or huge

Seconds are those of a whole process, from the photo to the file: interpreter, libraries, decoding and encoding included; beside
them stand those that the command reports, which leave out the start of the interpreter and of the libraries. Memory is the
largest resident size that the operating system saw. Results go to `benchmarks/results/DATE-stylize.{json,md,png}`. The
published checkpoints and the large photos are looked for in `../shared`; parts that need what is missing are left out.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pyvips

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
CHECKPOINTS = SHARED / "published" / "collaborative-distillation-16x"
STYLE = SHARED / "golden" / "wct16x_a.style.png"
PHOTO = SHARED / "data" / "large" / "c0132_6976x5074.jpg"
RESULTS = ROOT / "benchmarks" / "results"
COMMAND = [sys.executable, "-m", "intaglio.cli.main"]


@dataclass(frozen=True)
class Measurement:
    """One process."""

    part: str
    what: str
    width: int
    height: int
    seconds: float
    peak_bytes: int
    reported_seconds: float | None = None
    """From the photo to the file without the start of the process; None where the command does not say."""

    @property
    def megapixels(self) -> float:
        """Of the picture."""
        return self.width * self.height / 1e6


def measure(part: str, what: str, size: tuple[int, int], command: Sequence[str | Path]) -> Measurement:
    """Run a command and ask the operating system what it took."""
    began = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE)
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed with exit code {process.returncode}: {' '.join(map(str, command))}")
    reported = json.loads(output)["seconds"] if "--json" in command else None
    result = Measurement(part, what, *size, seconds, usage.ru_maxrss * 1024, reported)
    print(f"{part:6} {what:28} {size[0]:>6}x{size[1]:<6} {seconds:8.2f} s {result.peak_bytes / 1e9:6.2f} GB", flush=True)
    return result


class Bench:
    """The network, a folder for pictures, and what was measured."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.found = folder, list[Measurement]()
        self.model = folder / "model"
        subprocess.run(
            [*COMMAND, "import", "collaborative-distillation-16x", CHECKPOINTS, "-o", self.model],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def stylize(self, part: str, what: str, content: Path, *options: str, suffix: str = ".jpg") -> None:
        """One run of the command line."""
        picture = pyvips.Image.new_from_file(str(content))
        out = self.folder / f"out{suffix}"
        words = [*COMMAND, "stylize", content, "--style", STYLE, "--model", self.model, "-o", out, "--json", *options]
        self.found.append(measure(part, what, (picture.width, picture.height), words))

    def photo(self, width: int, height: int) -> Path:
        """The large photo, cut and enlarged to a size, as JPEG."""
        out = self.folder / f"photo_{width}x{height}.jpg"
        if not out.exists():
            whole = pyvips.Image.new_from_file(str(PHOTO))
            factor = max(width / whole.width, height / whole.height)
            whole.resize(factor).extract_area(0, 0, width, height).write_to_file(str(out), Q=95)
        return out


def ratio(bench: Bench) -> None:
    """3840 x 2160 against the whole picture at once."""
    content = bench.photo(3840, 2160)
    for turn in range(3):
        bench.stylize("ratio", "float32", content)
        bench.stylize("ratio", "bfloat16", content, "--precision", "bfloat16")
        if turn < 2:
            out = bench.folder / "whole.jpg"
            words = [sys.executable, ROOT / "benchmarks" / "whole_picture.py", CHECKPOINTS, content, STYLE, out]
            bench.found.append(measure("ratio", "whole picture", (3840, 2160), words))


def sizes(bench: Bench) -> None:
    """Seconds per megapixel from 1 to 100 megapixels, with 1 GB."""
    for width, height in ((1024, 1024), (2048, 2048), (4096, 4096), (6976, 5074), (10000, 10000)):
        content = PHOTO if (width, height) == (6976, 5074) else bench.photo(width, height)
        for _ in range(3 if width < 4000 else 1):
            bench.stylize("sizes", "--memory 1GB", content, "--memory", "1GB")


def tiles(bench: Bench) -> None:
    """The same picture with other tiles."""
    content = bench.photo(3840, 2160)
    for height, width in ((64, 512), (128, 256), (128, 512), (256, 256), (256, 512), (512, 512), (1024, 1024)):
        bench.stylize("tiles", f"tiles {width}x{height}", content, "--tile", f"{width}x{height}")


def huge(bench: Bench) -> None:
    """400 megapixels, a TIFF made in strips."""
    content = bench.folder / "huge.tif"
    side = 20000
    waves = pyvips.Image.sines(side, side, hfreq=37, vfreq=23) * 60 + 120
    noise = pyvips.Image.perlin(side, side, cell_size=257) * 50
    bands = [waves + noise, waves * 0.5 + noise * 1.2 + 60, 230 - waves * 0.7]
    bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb").tiffsave(
        str(content), compression="deflate", bigtiff=True
    )
    bench.stylize("huge", "--memory 1.5GB", content, "--memory", "1.5GB", suffix=".tif")


PARTS: dict[str, Callable[[Bench], None]] = {"ratio": ratio, "sizes": sizes, "tiles": tiles, "huge": huge}


def machine() -> dict[str, Any]:
    """What was measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    named = {key.strip(): value.strip() for key, value in facts.items()}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "processor": named.get("model name", platform.processor()),
        "family": f"{named.get('cpu family', '?')}/{named.get('model', '?')}",
        "cores": psutil.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "python": platform.python_version(),
        "torch": subprocess.run(
            [sys.executable, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True, check=True
        ).stdout.strip(),
        "commit": commit.stdout.strip(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="speed and memory of intaglio stylize")
    parser.add_argument("--huge", action="store_true", help="also stylize 20000 x 20000 pixels")
    parser.add_argument("--only", choices=PARTS, help="one part")
    arguments = parser.parse_args()
    if not CHECKPOINTS.is_dir():
        raise SystemExit(f"the published checkpoints are not in {CHECKPOINTS}: nothing to measure")
    chosen = [arguments.only] if arguments.only else [name for name in PARTS if name != "huge" or arguments.huge]
    with tempfile.TemporaryDirectory(dir=ROOT.parent, prefix="bench-") as folder:
        bench = Bench(Path(folder))
        for name in chosen:
            PARTS[name](bench)
    facts = machine()
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{facts['date']}-stylize.json"
    before = json.loads(path.read_text())["measurements"] if path.exists() else []
    kept = [entry for entry in before if entry["part"] not in chosen]
    document = {"machine": facts, "measurements": kept + [asdict(one) for one in bench.found]}
    path.write_text(json.dumps(document, indent=1) + "\n")
    subprocess.run([sys.executable, ROOT / "benchmarks" / "report.py", path], check=True)


if __name__ == "__main__":
    main()
