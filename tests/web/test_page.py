"""The page in a real browser: from a photo to a download, across a reload."""

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from stylizing.jobs import picture
from web.chromium import Chromium
from web.serving import Served


def columns(browser: Chromium) -> np.ndarray:
    """The stage, as the window shows it."""
    box = json.loads(browser.run("JSON.stringify(document.getElementById('stage').getBoundingClientRect())"))
    left, top, width, height = (int(box[side]) for side in ("x", "y", "width", "height"))
    window = np.asarray(Image.open(io.BytesIO(browser.picture())).convert("RGB"))
    return window[top : top + height, left : left + width].astype(int)


def test_a_photo_is_dropped_stylized_compared_and_downloaded(served: Served, browser: Chromium, tmp_path: Path) -> None:
    photo = picture(tmp_path / "a photo.png", 300, 400)
    browser.tell("Page.navigate", url=served.url)
    browser.until("document.querySelectorAll('#networks label').length >= 7")
    browser.put_file("#photo-file", photo)
    browser.until("document.getElementById('empty').hidden")
    browser.run("document.querySelector('[value=adain-16x]').click()")
    browser.until("!document.getElementById('run').disabled")
    assert "0.12 Mpx · 4 passes" in browser.run("document.getElementById('cost').textContent")
    browser.run("document.getElementById('run').click()")
    browser.until("location.hash.startsWith('#job=')")
    browser.tell("Page.reload")
    browser.until("document.getElementById('result') && !document.getElementById('result').hidden")
    side = browser.run("document.getElementById('side-right').innerText")
    assert "adain-16x · painting" in side
    assert "917 kB" in side
    fetched = "[...document.querySelectorAll('#result a')].map(async (a) => (await (await fetch(a.href)).blob()).size)"
    sizes = browser.run(f"Promise.all({fetched})")
    assert len(sizes) == 3
    assert min(sizes) > 10_000

    browser.until("document.querySelectorAll('#view canvas, #view img').length > 0")
    browser.run("document.getElementById('curtain').focus()")
    browser.press("End")
    browser.run("new Promise((done) => setTimeout(done, 800))")
    original = columns(browser)
    browser.press("Home")
    assert browser.run("document.getElementById('curtain').getAttribute('aria-valuenow')") == "0"
    browser.run("new Promise((done) => setTimeout(done, 800))")
    assert np.abs(columns(browser) - original).mean() > 5
    assert browser.faults == []
    assert {url.split("/")[2] for url in browser.asked} == {f"127.0.0.1:{served.port}"}


def test_everything_can_be_reached_and_has_a_name(served: Served, browser: Chromium) -> None:
    browser.look(390, 844)
    browser.tell("Page.navigate", url=served.url)
    browser.until("document.querySelectorAll('#samples button').length == 2")
    browser.run("document.querySelector('#samples button').click()")
    browser.until("document.querySelectorAll('#networks label').length >= 7")
    browser.tell("Accessibility.enable")
    nodes = browser.tell("Accessibility.getFullAXTree")["nodes"]
    reached = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if any(one["name"] == "focusable" and one["value"]["value"] for one in node.get("properties", []))
    ]
    assert {"button", "radio", "slider", "combobox", "checkbox", "link"} <= {role for role, _ in reached}
    assert [role for role, name in reached if not name and role not in ("RootWebArea", "form", "region")] == []
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    assert browser.run("[...document.querySelectorAll('h1, h2')].filter((one) => one.tagName === 'H1').length") == 1
