"""The page in every look: axe-core finds nothing wrong, and nothing is cut off or runs over."""

from pathlib import Path

import pytest

from web.chromium import Chromium
from web.serving import Served

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
LOOKS = {"desktop": (1440, 900, False), "dark": (1440, 900, True), "phone": (390, 844, False), "4K": (3840, 2160, False)}
VIOLATIONS = """axe.run(document, { resultTypes: ['violations'] }).then((found) =>
  found.violations.map((one) => [one.id, one.nodes.map((node) => `${node.target} ${node.failureSummary}`)]))"""


def job_of(served: Served) -> str:
    """One that is done, of the smaller sample."""
    pictures = {one["name"]: one["id"] for one in served.ask("pictures")}
    wanted = {"content": pictures["content.jpg"], "styles": [pictures["painting.jpg"]], "network": "adain-16x"}
    key: str = served.ask("jobs", wanted)["id"]
    served.until(lambda: served.ask(f"jobs/{key}")["state"] == "done")
    return key


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not here (npm ci, which make setup does where npm is)")
def test_axe_finds_nothing_wrong_in_any_look(served: Served, browser: Chromium) -> None:
    job, study, axe = job_of(served), served.ask("studies")[0]["id"], AXE.read_text("utf-8")
    places = {
        "": "document.querySelectorAll('#networks label').length > 0",
        f"#job={job}": "!document.getElementById('result').hidden && document.querySelectorAll('#view canvas').length > 0",
        f"study#{study}": "document.querySelectorAll('figure').length === 3",
    }
    browser.open(served.url)
    for place, there in places.items():
        browser.open(f"http://127.0.0.1:{served.port}/{place}")
        browser.until(there)
        browser.run(axe)
        for look, (width, height, dark) in LOOKS.items():
            browser.look(width, height, dark=dark)
            assert browser.run(VIOLATIONS) == [], (place, look)
            assert browser.run("document.documentElement.scrollWidth <= innerWidth"), (place, look)
    # At 4K everything is larger, and the picture has the room.
    assert browser.run("parseFloat(getComputedStyle(document.documentElement).fontSize)") == 30
