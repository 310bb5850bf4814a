"""What benchmarks share that measure in turns on one thread: their option, their document, and where it is written."""

import argparse
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from intaglio.runtime.hardware import describe_hardware

ROOT = Path(__file__).resolve().parents[1]


def record(
    name: str,
    description: str | None,
    turns: int,
    cases: Callable[[int], list[Any]],
    markdown: Callable[[dict[str, Any]], str],
    draw: Callable[[dict[str, Any], Path], None] | None = None,
) -> None:
    """Measure, and write `results/DATE-NAME.{json,md}`, and `.png` if something draws it.

    Args:
        name: of the benchmark.
        description: for `--help`.
        turns: how many, unless `--turns` says otherwise.
        cases: turns -> what was measured.
        markdown: the document -> a page.
        draw: puts the document into a picture file.

    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=turns)
    turns = parser.parse_args().turns
    torch.set_num_threads(1)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    document = {
        "date": datetime.now(UTC).date().isoformat(),
        "hardware": describe_hardware(torch.device("cpu")),
        "commit": commit.stdout.strip(),
        "turns": turns,
        "cases": cases(turns),
    }
    stem = ROOT / "benchmarks" / "results" / f"{document['date']}-{name}"
    stem.with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n")
    stem.with_suffix(".md").write_text(markdown(document))
    if draw is not None:
        draw(document, stem.with_suffix(".png"))
    print(markdown(document))
