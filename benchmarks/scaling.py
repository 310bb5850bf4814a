"""How work spreads over workers: the rows of one picture, and the steps of a study, on two nodes of Ray on this machine.

    python benchmarks/scaling.py

Processor seconds are compared and not those of the clock, which depend on what else the machine does: what every worker used
in a pass, and of these the most, since a pass is over when its slowest worker is. On an idle machine with a core for each
worker the clock says the same.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pyvips
import torch

from record import ROOT, record

# `training` is of the tests here, and not the benchmark of that name beside this one.
sys.path.remove(str(ROOT / "benchmarks"))
sys.path.insert(0, str(ROOT / "tests"))

from engines.two_nodes import TwoNodes, two_nodes
from intaglio.engines.cluster import Cluster
from intaglio.engines.engine import Engine
from intaglio.engines.local import Local
from intaglio.samples import LANDSCAPE, PAINTING
from intaglio.stylizing import spread
from intaglio.stylizing.options import StylizeOptions
from intaglio.stylizing.order import Order, Part, do_part
from intaglio.stylizing.picture_job import Limits
from studies.small_studies import run, sources, study

MODEL, WIDTH, HEIGHT = "wct-16x", 2048, 8192


def noted(device: str, order: Order, part: Part) -> list[dict[str, torch.Tensor]]:
    """`do_part`, and a line of what it took."""
    began, clock = time.process_time(), time.monotonic()
    gathered = do_part(device, order, part)
    peak = __import__("resource").getrusage(0).ru_maxrss * 1024
    line = {
        "step": part.step,
        "rows": part.stop - part.first,
        "pid": os.getpid(),
        "processor": time.process_time() - began,
        "clock": time.monotonic() - clock,
        "peak": peak,
        "bytes": sum(one.nbytes for row in gathered for one in row.values()),
    }
    with (order.out.parent / "parts.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    return gathered


def pictures(turns: int, nodes: TwoNodes) -> Iterator[dict[str, Any]]:
    """One process, one worker and two."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo = pyvips.Image.new_from_file(str(LANDSCAPE))
        photo.resize(WIDTH / photo.width, vscale=HEIGHT / photo.height).write_to_file(str(folder / "content.png"))
        order = Order(
            model=MODEL,
            content=folder / "content.png",
            styles=(PAINTING,),
            out=folder / "out.png",
            options=StylizeOptions(),
            limits=Limits(memory=1_500_000_000),
        )
        spread.do_part = noted  # type: ignore[assignment]  # it is told apart by its name only
        engines: dict[str, tuple[Engine | None, int]] = {
            "this process": (None, 1),
            "one worker": (Cluster(nodes.address), 1),
            "two workers": (Cluster(nodes.address), 2),
        }
        for _ in range(turns):
            outputs = set()
            for label, (engine, workers) in engines.items():
                (folder / "parts.jsonl").unlink(missing_ok=True)
                began, clock = time.process_time(), time.monotonic()
                if engine is None:
                    order.job().run()
                else:
                    spread.SpreadJob(order, engine, workers).run()
                outputs.add((folder / "out.png").read_bytes())
                yield {
                    "what": "picture",
                    "label": label,
                    "processor_here": time.process_time() - began,
                    "clock": time.monotonic() - clock,
                    "parts": [json.loads(line) for line in lines(folder / "parts.jsonl")],
                }
            assert len(outputs) == 1, "the bytes are those of one process"


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def studies(nodes: TwoNodes) -> Iterator[dict[str, Any]]:
    """A tiny study, done here and on the cluster; what Ray's processes use is counted."""
    with tempfile.TemporaryDirectory() as name:
        given, named = sources(Path(name), "adain")
        spec = study(named, rounds=1, arms=("imp",))
        engines: dict[str, Callable[[], Engine]] = {"here": Local, "cluster": lambda: Cluster(nodes.address)}
        for label, engine in engines.items():
            with used() as seconds:
                run(Path(name) / label, spec, given, engine=engine())
            yield {"what": "study", "label": label, **seconds}


@contextmanager
def used() -> Iterator[dict[str, float]]:
    """Seconds of the processor that this process and all that it began use, and of the clock."""
    found: dict[str, float] = {}
    before, clock = _seconds(), time.monotonic()
    yield found
    found |= {"processor": sum(max(0.0, now - before.get(pid, 0.0)) for pid, now in _seconds().items())}
    found |= {"clock": time.monotonic() - clock}


def _seconds() -> Mapping[int, float]:
    found = {}
    for one in (psutil.Process(), *psutil.Process().children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        found[one.pid] = times.user + times.system
    return found


def cases(turns: int) -> list[dict[str, Any]]:
    """All that is measured."""
    with two_nodes() as nodes:
        return [*studies(nodes), *pictures(turns, nodes)]


def slowest(case: Mapping[str, Any]) -> float:
    """Processor seconds of the passes: in each, of the worker that used most."""
    total = 0.0
    for step in {part["step"] for part in case["parts"]}:
        by_worker: dict[int, float] = {}
        for part in case["parts"]:
            if part["step"] == step:
                by_worker[part["pid"]] = by_worker.get(part["pid"], 0.0) + part["processor"]
        total += max(by_worker.values())
    return total


def share(case: Mapping[str, Any]) -> float:
    """Of a core that workers had while they were at work."""
    return sum(part["processor"] for part in case["parts"]) / sum(part["clock"] for part in case["parts"])


def markdown(document: Mapping[str, Any]) -> str:
    """The page."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for case in document["cases"]:
        found.setdefault(f"{case['what']}: {case['label']}", []).append(case)
    rows = [
        "| turn | one process | one worker | of a core | two, the slower | of a core | times one | asking | the clock |",
        "| --- |" + " ---: |" * 8,
    ]
    turns = zip(*(found[f"picture: {label}"] for label in ("this process", "one worker", "two workers")), strict=True)
    for number, (here, one, two) in enumerate(turns, 1):
        asking = two["processor_here"]
        cells = [f"{here['processor_here']:.2f}", f"{slowest(one):.2f}", f"{share(one):.0%}", f"{slowest(two):.2f}"]
        cells += [f"{share(two):.0%}", f"{slowest(one) / slowest(two):.2f}", f"{asking:.2f}"]
        cells.append(f"{one['clock']:.1f} and {two['clock']:.1f}")
        rows.append(f"| {number} | {' | '.join(cells)} |")
    parts = [part for case in document["cases"] if case["what"] == "picture" for part in case["parts"]]
    back = sum(part["bytes"] for part in found["picture: two workers"][0]["parts"]) / 1e6
    here, far = found["study: here"][0], found["study: cluster"][0]
    return "\n".join(
        [
            f"# Scaling, {document['date']}",
            "",
            f"{document['hardware']}; commit {document['commit']}; two raylets of one processor each on this machine.",
            "",
            f"{MODEL}, {WIDTH}x{HEIGHT} ({WIDTH * HEIGHT / 1e6:.1f} Mpx); bytes of all outputs are equal. Seconds of the",
            "processor; a pass counts by its slower worker. Of a core is what workers got of one: where it is little, other",
            "programs worked there too, caches were shared, and the same work took more seconds of the processor. So a turn in",
            "which one worker and two got about the same tells how work spreads. Asking is what the process that asks uses:",
            "reading, writing, Ray. The clock is of the whole commands of one worker and of two, with that, and with workers",
            "that have to begin.",
            "",
            *rows,
            "",
            f"A worker's memory {max(part['peak'] for part in parts) / 1e6:.0f} MB at most, of 1.5 GB that it may take;",
            f"statistics that come back, {back:.1f} MB for the picture.",
            "",
            "| tiny study | processor s, of those who still live | clock s |",
            "| --- | ---: | ---: |",
            f"| here | {here['processor']:.1f} | {here['clock']:.1f} |",
            f"| on the cluster, its workers begun for it | {far['processor']:.1f} | {far['clock']:.1f} |",
            "",
        ]
    )


if __name__ == "__main__":
    record("scaling", __doc__, 2, cases, markdown)
