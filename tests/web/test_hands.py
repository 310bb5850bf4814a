"""What a person does with a page beside choosing: dropping, pasting, canceling, leaving; and a page without its viewer."""

from web.chromium import Chromium
from web.serving import Served

# A picture of the browser's own, in what a drop or a paste carries.
FILES = """(async (name) => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 240 });
  Object.assign(canvas.getContext('2d'), { fillStyle: 'teal' }).fillRect(0, 0, 200, 120);
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
  const files = new DataTransfer();
  files.items.add(new File([blob], name, { type: 'image/png' }));
  return files;
})"""


def opened(browser: Chromium, served: Served) -> None:
    browser.open(served.url)
    browser.until("document.querySelectorAll('#networks label').length > 0")


def drop(browser: Chromium, name: str, target: str) -> None:
    event = "new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true })"
    browser.run(f"{FILES}('{name}').then((dataTransfer) => document.querySelector('{target}').dispatchEvent({event}))")


def test_what_is_dropped_on_the_stage_is_a_photo_and_on_the_styles_a_style(served: Served, browser: Chromium) -> None:
    opened(browser, served)
    browser.run("document.dispatchEvent(new DragEvent('dragover', { cancelable: true, bubbles: true }))")
    assert browser.run("document.getElementById('stage').classList.contains('over')")
    drop(browser, "dropped.png", "#stage")
    browser.until("document.querySelector('#side-left small').textContent === '320 × 240'")
    assert not browser.run("document.getElementById('stage').classList.contains('over')")
    drop(browser, "own style.png", "#styles")
    browser.until("document.querySelector('#styles [title=\"own style\"]')?.getAttribute('aria-pressed') === 'true'")
    # It is mixed with the one that was chosen.
    assert browser.run("document.querySelectorAll('#weights input').length") == 2
    names = {one["name"]: one["role"] for one in served.ask("pictures")}
    assert (names["dropped.png"], names["own style.png"]) == ("photo", "style")
    assert browser.faults == []


def test_a_photo_is_pasted_and_its_job_is_canceled(served: Served, browser: Chromium) -> None:
    opened(browser, served)
    event = "new ClipboardEvent('paste', { clipboardData, bubbles: true })"
    browser.run(f"{FILES}('pasted.png').then((clipboardData) => document.dispatchEvent({event}))")
    browser.until("document.querySelector('#side-left small').textContent === '320 × 240'")
    # A large one, so that there is time to cancel it.
    browser.run("document.querySelector('[data-do=photo]') && document.querySelector('#samples button').click()")
    browser.until("document.querySelector('#side-left small').textContent === '3072 × 2048'")
    browser.until("!document.getElementById('run').disabled")
    browser.run("document.getElementById('run').click()")
    browser.until("document.querySelectorAll('#acts button').length === 2")
    job = browser.run("location.hash").removeprefix("#job=")
    browser.run("[...document.querySelectorAll('#acts button')].find((one) => one.textContent === 'Cancel').click()")
    browser.until("document.getElementById('told').textContent === 'Canceled'")
    assert served.ask(f"jobs/{job}")["state"] == "canceled"
    assert browser.run("document.querySelectorAll('#acts button').length") == 0
    assert not (served.folder / "jobs" / job / "result.tif").exists()
    assert browser.faults == []


def test_without_its_viewer_the_page_shows_plain_pictures_and_says_so(served: Served, browser: Chromium) -> None:
    browser.tell("Network.setBlockedURLs", urls=["*openseadragon*"])
    opened(browser, served)
    browser.run("document.querySelector('#samples button').click()")
    browser.until("document.querySelectorAll('#view.plain img').length === 24")
    assert "Deep zoom needs OpenSeadragon" in browser.run("document.getElementById('plain').innerText")
    assert browser.run("getComputedStyle(document.getElementById('tools')).display") == "none"
    assert browser.run("[...document.querySelectorAll('#view img')].every((one) => one.naturalWidth > 0)")


def test_a_study_is_drawn_by_the_page(served: Served, browser: Chromium) -> None:
    opened(browser, served)
    link = browser.run("document.querySelector('#studies a').href")
    browser.open(link)
    browser.until("document.querySelectorAll('figure').length === 3")
    assert browser.run("document.querySelector('h1').textContent") == "Tickets"
    assert browser.run("[...document.querySelectorAll('.claims b')].map((one) => one.textContent)") == [
        "holds here",
        "not known",
    ]
    browser.run("document.querySelectorAll('img').forEach((one) => { one.loading = 'eager'; })")
    browser.until("[...document.querySelectorAll('figure img')].every((one) => one.naturalWidth > 0)")
    assert browser.run("document.querySelector('tbody').innerText").split() == ["imp", "3", "2", "–", "4", "random", "5"]
    browser.open(f"http://127.0.0.1:{served.port}/study#0123456789abcdef")
    browser.until("document.getElementById('lead').textContent.startsWith('There is no such study here')")
    assert [fault for fault in browser.faults if "404" not in fault] == []
