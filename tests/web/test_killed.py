from pathlib import Path

from intaglio.samples import LANDSCAPE
from web.serving import Served


def test_a_job_goes_on_after_its_server_was_killed_and_gives_the_same_bytes(tmp_path: Path) -> None:
    with Served(tmp_path / "page") as server:
        pictures = {one["name"]: one["id"] for one in server.ask("pictures")}
        # Large enough that a fast machine is still at it when it is asked.
        wanted = {"content": pictures[LANDSCAPE.name], "styles": [pictures["painting.jpg"]], "network": "wct-16x"}
        whole, killed = (server.ask("jobs", wanted)["id"] for _ in range(2))
        server.until(lambda: server.ask(f"jobs/{whole}")["state"] == "done")
        server.until(lambda: server.ask(f"jobs/{killed}")["step"] >= 3)
        worked = server.ask(f"jobs/{killed}")
    assert worked["state"] == "running"
    assert (tmp_path / "page/jobs" / killed / ".result.tif.intaglio/journal.safetensors").exists()
    with Served(tmp_path / "page") as server:
        done = server.until(lambda: (one := server.ask(f"jobs/{killed}"))["state"] == "done" and one)
    assert done["seconds"] > worked["seconds"]
    results = [(tmp_path / "page/jobs" / key / "result.tif").read_bytes() for key in (whole, killed)]
    assert results[0] == results[1]
    tiles = [sorted(path.name for path in (tmp_path / "page/jobs" / key / "tiles").rglob("*.*")) for key in (whole, killed)]
    assert tiles[0] == tiles[1]
