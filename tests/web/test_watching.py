"""A job that is watched in a browser: tiles that appear, a server that is killed, one that takes its place."""

from pathlib import Path

import pyvips

from intaglio.samples import LANDSCAPE
from web.chromium import Chromium
from web.serving import Served

LOADED = "performance.getEntriesByType('resource').filter((one) => one.name.includes('/jobs/')).length"


def test_tiles_appear_while_a_job_runs_and_go_on_after_its_server_was_killed(tmp_path: Path, browser: Chromium) -> None:
    with Served(tmp_path / "page") as server:
        # Large enough that a fast machine is still at it when tiles are seen.
        pyvips.Image.new_from_file(str(LANDSCAPE)).resize(2).jpegsave(str(tmp_path / "large.jpg"))
        photo = server.upload(tmp_path / "large.jpg")["id"]
        server.until(lambda: all(one["tiled"] for one in server.ask("pictures")))
        style = next(one["id"] for one in server.ask("pictures") if one["name"] == "painting.jpg")
        job = server.ask("jobs", {"content": photo, "styles": [style], "network": "adain-16x"})
        browser.open(f"{server.url}#job={job['id']}")
        browser.until("performance.setResourceTimingBufferSize(9999) || document.getElementById('bar')?.value > 0")
        browser.until(f"{LOADED} > 0")
        first, shown = browser.run(LOADED), browser.run("document.getElementById('told').textContent")
        browser.until(f"{LOADED} > {first}")
        assert "of 25.2 Mpx" in shown
        assert server.ask(f"jobs/{job['id']}")["state"] == "running"
    browser.until("document.getElementById('note').textContent.startsWith('The server does not answer')")
    assert not browser.run("document.getElementById('work').hidden")
    with server:
        # Another launch has another key, and the page asks for it.
        browser.until("document.body?.className === 'door' && document.body.innerText.includes('This page has a key')")
        browser.open(f"{server.url}#job={job['id']}")
        browser.until("document.getElementById('result') && !document.getElementById('result').hidden", 240)
        assert server.ask(f"jobs/{job['id']}")["state"] == "done"
        browser.until(f"{LOADED} > 0")
