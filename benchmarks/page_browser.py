"""What `page.py` measures in a browser."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from web.chromium import Chromium
from web.serving import Served

LONG = 50
"""Milliseconds from which a task is a long one."""
_PAINTED = """new Promise((done) => {
  const look = () => {
    const [found] = performance.getEntriesByName('first-contentful-paint');
    if (found) { done(found.startTime); } else { setTimeout(look, 20); }
  };
  look();
})"""
_WATCH = """
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((one) => one.duration)))
  .observe({ type: 'longtask', buffered: true });
performance.setResourceTimingBufferSize(100000);
"""

_OBSERVE = """
window.shift = 0;
window.largest = 0;
const observer = (hear) => new PerformanceObserver((list) => list.getEntries().forEach(hear));
const watch = (type, hear) => observer(hear).observe({ type, buffered: true });
watch('layout-shift', (one) => { window.shift += one.value; });
watch('largest-contentful-paint', (one) => { window.largest = one.startTime; });
"""
_FACTS = """(() => {
  const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  const sum = (field) => all.reduce((total, one) => total + one[field], 0);
  return {
    requests: all.length, kilobytes: sum('transferSize') / 1000, shift: window.shift, largest: window.largest,
    blocking: window.tasks.reduce((total, one) => total + Math.max(0, one - 50), 0),
    elements: document.querySelectorAll('*').length,
  };
})()"""


class _Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!doctype html><html lang=en><title>Empty</title><p>Empty</p></html>" if self.path == "/" else b""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def painted(browser: Chromium, url: str) -> float:
    """Milliseconds from the navigation to the first contentful paint."""
    browser.tell("Page.navigate", url="about:blank")
    browser.until("location.href === 'about:blank'")
    time.sleep(0.3)
    browser.tell("Page.navigate", url=url)
    browser.until("location.href !== 'about:blank'")
    return float(browser.run(_PAINTED))


def first_paints(server: Served, folder: Path, turns: int) -> dict[str, list[float]]:
    """Of the page in a browser that never saw it, and again, each beside an empty page of a server that does nothing else."""
    empty = ThreadingHTTPServer(("127.0.0.1", 0), _Empty)
    threading.Thread(target=empty.serve_forever, daemon=True).start()
    nothing, page = f"http://127.0.0.1:{empty.server_port}/", f"http://127.0.0.1:{server.port}/"
    kinds = ("the page, first time", "an empty page, first time", "the page, again", "an empty page, again")
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    for turn in range(turns):
        with Chromium(folder / f"empty-{turn}") as browser:
            found[kinds[1]].append(painted(browser, nothing))
        with Chromium(folder / f"page-{turn}") as browser:
            found[kinds[0]].append(painted(browser, server.url))
            for _ in range(3):
                found[kinds[3]].append(painted(browser, nothing))
                found[kinds[2]].append(painted(browser, page))
    empty.shutdown()
    return found


def load_facts(server: Served, profile: Path) -> dict[str, float]:
    """What the start of the page asks for, and whether it moves: requests, kilobytes, largest paint, layout shift, faults."""
    with Chromium(profile, 1440, 900) as browser:
        browser.tell("Page.addScriptToEvaluateOnNewDocument", source=_WATCH + _OBSERVE)
        browser.tell("Page.navigate", url=server.url)
        browser.until("document.querySelectorAll('#networks label').length > 0")
        time.sleep(3)
        facts: dict[str, float] = browser.run(_FACTS)
        return facts | {"faults": len(browser.faults), "elsewhere": sum(f":{server.port}/" not in url for url in browser.asked)}


class _Traced(Chromium):
    """Keeps how long each task of the page's thread took, on the clock and on the processor."""

    def __init__(self, profile: Path, width: int, height: int) -> None:
        super().__init__(profile, width, height)
        self.events: list[dict[str, Any]] = []
        self.complete = False

    def _note(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Tracing.dataCollected":
            self.events += event["params"]["value"]
        self.complete = self.complete or event.get("method") == "Tracing.tracingComplete"
        super()._note(event)

    def begin(self) -> None:
        """Trace from now on."""
        self.tell("Tracing.start", transferMode="ReportEvents", traceConfig={"includedCategories": ["toplevel", "__metadata"]})

    def tasks(self) -> list[tuple[float, float]]:
        """Tasks since then: milliseconds on the clock, and on the processor."""
        self.tell("Tracing.end")
        while not self.complete:
            self.run("1")
            time.sleep(0.05)
        names = {(one["pid"], one["tid"]): one["args"]["name"] for one in self.events if one["name"] == "thread_name"}
        return [
            (one["dur"] / 1000, one.get("tdur", 0) / 1000)
            for one in self.events
            if one["name"].endswith("RunTask") and one["ph"] == "X" and names[one["pid"], one["tid"]] == "CrRendererMain"
        ]


def long_tasks(server: Served, photo: Path, profile: Path, network: str) -> dict[str, Any]:
    """Upload and stylize a photo in a page; gives its tasks over 50 ms, and seconds from the render pass to its first tile.

    The worker notes a pass within a quarter of a second after its begin, which is counted as if it always took that long.
    """
    with _Traced(profile, 1440, 900) as browser:
        browser.tell("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)
        browser.tell("Page.navigate", url=server.url)
        browser.until("document.querySelectorAll('#networks label').length > 0")
        browser.begin()
        browser.run(f"document.querySelector('[value={network}]').click()")
        browser.put_file("#photo-file", photo)
        browser.until("document.getElementById('empty').hidden", 300)
        browser.until("!document.getElementById('run').disabled")
        browser.run("document.getElementById('run').click()")
        browser.until("location.hash.startsWith('#job=')")
        key = browser.run("location.hash.slice(5)")
        began = (
            server.until(lambda: (one := server.ask(f"jobs/{key}"))["step"] >= one["steps"] - 1 > 0 and time.time(), 600) - 0.25
        )
        tile = f"performance.getEntriesByType('resource').find((one) => one.name.includes('/jobs/{key}/tiles_files/'))"
        browser.until(f"Boolean({tile})")
        shown = browser.run(f"(performance.timeOrigin + {tile}.responseEnd) / 1000")
        done = server.until(
            lambda: (one := server.ask(f"jobs/{key}"))["state"] == "done" and time.sleep(0.5) is None and one, 3600
        )
        browser.until("!document.getElementById('result').hidden")
        time.sleep(1)
        observed, tasks = browser.run("window.tasks"), browser.tasks()
    return {
        "first_tiles": shown - began,
        "observed": sorted(observed),
        "clock": sorted(clock for clock, _ in tasks if clock > LONG),
        "processor": sorted(processor for _, processor in tasks if processor > LONG / 2),
        "longest_processor": max(processor for _, processor in tasks),
        "tasks": len(tasks),
        "seconds": done["seconds"],
    }
