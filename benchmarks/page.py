"""How the page of `intaglio serve` behaves: first paint, responsiveness, what followers cost, memory.

    PYTHONPATH=tests python benchmarks/page.py paint|load|tiles|pollers|memory ... [--turns 5]

Chromium is needed for the first three. Each part is measured on a server of its own and written into
`benchmarks/results/DATE-page.json`, and all that is there into `.md` beside it. The load of the machine stands beside every
figure; where others work on it, an empty page or a job alone is measured in turns with what is asked about.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import pyvips
import torch

from intaglio.runtime.hardware import describe_hardware
from intaglio.samples import LANDSCAPE
from page_browser import first_paints, load_facts, long_tasks
from record import ROOT
from web.serving import Served

NETWORK = "adain-plain-16x"
MEMORY = 1_000_000_000
FOLLOWERS = 20


def enlarged(path: Path, width: int, height: int) -> Path:
    """The sample photo at another size, a baseline JPEG."""
    photo = pyvips.Image.new_from_file(str(LANDSCAPE))
    photo.resize(width / photo.width, vscale=height / photo.height).crop(0, 0, width, height).jpegsave(str(path), Q=88)
    return path


def wanted(server: Served, photo: str) -> dict[str, Any]:
    """A job in the first style."""
    style = next(one["id"] for one in server.ask("pictures") if one["role"] == "style")
    return {"content": photo, "styles": [style], "network": NETWORK}


def settled(server: Served) -> None:
    """Wait until the server does nothing but wait."""
    server.until(lambda: server.ask("networks"))
    server.until(lambda: all(one["tiled"] for one in server.ask("pictures")))
    time.sleep(2)


def run_job(server: Served, photo: str) -> dict[str, Any]:
    """One job; its record when it is done."""
    key = server.ask("jobs", wanted(server, photo))["id"]
    found: dict[str, Any] = server.until(lambda: _slowly(server, key), 3600)
    assert found["state"] == "done", found
    return found


def _slowly(server: Served, key: str) -> Any:
    time.sleep(0.5)
    one = server.ask(f"jobs/{key}")
    return one["state"] in ("done", "failed") and one


def paint(turns: int) -> dict[str, Any]:
    """First contentful paint beside that of an empty page."""
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder) / "page") as server:
        settled(server)
        return first_paints(server, Path(folder), turns)


def load(turns: int) -> dict[str, Any]:
    """What the start of the page takes, a new browser each time."""
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder) / "page") as server:
        settled(server)
        facts = [load_facts(server, Path(folder) / f"{turn}") for turn in range(turns)]
    return {name: [one[name] for one in facts] for name in facts[0]}


def tiles(_: int) -> dict[str, Any]:
    """Long tasks of the page while a picture is uploaded and rendered, and when its first tiles are there."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder) / "page") as server:
        settled(server)
        for name, width, height in (("12 Mpx", 4000, 3000), ("35 Mpx", 7240, 4840)):
            found[name] = long_tasks(server, enlarged(Path(folder) / "photo.jpg", width, height), Path(folder) / name, NETWORK)
    return found


def pollers(turns: int) -> dict[str, Any]:
    """Seconds of a job alone and while others follow it, in turns, and processor seconds of the server meanwhile."""
    found: dict[str, Any] = {"alone": [], "followed": [], "server_alone": [], "server_followed": [], "answers": 0}
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder) / "page") as server:
        settled(server)
        photo = next(one["id"] for one in server.ask("pictures") if one["name"] == LANDSCAPE.name)
        run_job(server, photo)
        process = psutil.Process(server.process.pid)
        for _ in range(turns):
            for kind in ("alone", "followed"):
                command = [sys.executable, str(Path(__file__).with_name("page_followers.py")), str(server.port), server.token]
                others = subprocess.Popen([*command, str(FOLLOWERS)], stdout=subprocess.PIPE) if kind == "followed" else None
                before = sum(process.cpu_times()[:2])
                found[kind].append(run_job(server, photo)["seconds"])
                found[f"server_{kind}"].append(sum(process.cpu_times()[:2]) - before)
                if others is not None:
                    others.terminate()
                    found["answers"] += int(others.communicate()[0])
    return found


def memory(_: int) -> dict[str, Any]:
    """Memory of the server's processes while 100 Mpx are uploaded, tiled and rendered."""
    found: dict[str, Any] = {"bound": MEMORY}
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder) / "page", "--memory", str(MEMORY)) as server:
        settled(server)
        photo = enlarged(Path(folder) / "photo.jpg", 12_240, 8_170)
        found["file_bytes"] = photo.stat().st_size
        with _Watched(server.process.pid, found, "upload"):
            key = server.upload(photo)["id"]
        with _Watched(server.process.pid, found, "job"):
            found["seconds"] = run_job(server, key)["seconds"]
    return found


class _Watched:
    """Peaks of a process and those below it, every fifth of a second: shared pages are counted once (PSS)."""

    def __init__(self, pid: int, found: dict[str, Any], name: str) -> None:
        self.found, self.name = found, name
        command = [sys.executable, str(Path(__file__).with_name("page_memory.py")), str(pid)]
        self.watcher = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> None:
        time.sleep(0.5)

    def __exit__(self, *_: object) -> None:
        self.watcher.terminate()
        self.found[self.name] = json.loads(self.watcher.communicate()[0])


PARTS = {"paint": paint, "load": load, "tiles": tiles, "pollers": pollers, "memory": memory}


def markdown(document: dict[str, Any]) -> str:
    """The results as a page."""
    parts, lines = document["parts"], ["# The page", "", f"{document['hardware']}, {document['date']}."]
    for name, part in parts.items():
        lines += ["", f"## {name}", "", f"Commit {part['commit']}, load of the machine {part['load']:.1f}.", ""]
        lines += _told(name, part["found"])
    return "\n".join([*lines, ""])


def _told(name: str, found: dict[str, Any]) -> list[str]:
    if name == "paint":
        rows = [
            f"| {kind} | {median(values):.0f} | {min(values):.0f} to {max(values):.0f} | {len(values)} |"
            for kind, values in found.items()
        ]
        return [
            "First contentful paint in milliseconds from the navigation on, the redirect of the key's address included.",
            "",
            "| | median | range | times |",
            "| --- | ---: | ---: | ---: |",
            *rows,
        ]
    if name == "load":
        rows = [f"| {fact} | {median(values):.3g} | {min(values):.3g} to {max(values):.3g} |" for fact, values in found.items()]
        return ["The start of the page in a new browser.", "", "| | median | range |", "| --- | ---: | ---: |", *rows]
    if name == "tiles":
        rows = [
            f"| {size} | {one['first_tiles']:.1f} s | {max(one['observed'], default=0):.0f} ms, {len(one['observed'])} "
            f"| {one['longest_processor']:.0f} ms | {one['tasks']} | {one['seconds']:.0f} s |"
            for size, one in found.items()
        ]
        return [
            "Upload, tiles, the whole job and the view of it, in one page. A long task is one of 50 ms on the clock; where",
            "others work on the machine most of that is waiting for a processor: the time on it stands beside it.",
            "",
            "| photo | first tiles after the render pass began | longest on the clock, how many long | longest on the "
            "processor | tasks | job |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            *rows,
        ]
    if name == "pollers":
        ratios = [other / alone for alone, other in zip(found["alone"], found["followed"], strict=True)]
        return [
            f"Seconds of a job of 6.3 Mpx, alone {median(found['alone']):.2f}, followed by {FOLLOWERS} pages "
            f"{median(found['followed']):.2f}; ratio in turns {median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}). "
            f"Processor seconds of the server meanwhile {median(found['server_alone']):.2f} and "
            f"{median(found['server_followed']):.2f}; {found['answers']} answers."
        ]
    rows = [f"| {kind} | {found[kind]['pss'] / 1e6:.0f} | {found[kind]['rss'] / 1e6:.0f} |" for kind in ("upload", "job")]
    return [
        f"100 Mpx, a JPEG of {found['file_bytes'] / 1e6:.0f} MB; `--memory {found['bound'] / 1e6:.0f}MB`. "
        "Peak of all processes of the server together, MB.",
        "",
        "| during | shared pages once | each process on its own |",
        "| --- | ---: | ---: |",
        *rows,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args()
    date = datetime.now(UTC).date().isoformat()
    out = ROOT / "benchmarks" / "results" / f"{date}-page.json"
    document = json.loads(out.read_text()) if out.exists() else {"date": date, "parts": {}}
    document["hardware"] = describe_hardware(torch.device("cpu"))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in asked.parts:
        found = PARTS[name](asked.turns)
        document["parts"][name] = {"commit": commit.stdout.strip(), "load": os.getloadavg()[0], "found": found}
        out.write_text(json.dumps(document, indent=1) + "\n")
        out.with_suffix(".md").write_text(markdown(document))
    print(markdown(document))


if __name__ == "__main__":
    main()
