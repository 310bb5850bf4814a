import io
import shlex

import numpy as np
from PIL import Image

from intaglio.stylizing.options import StylizeOptions
from intaglio.web.copies import command_line, python
from web.asking import Asker


def test_a_photo_is_put_in_pieces_stylized_looked_at_and_downloaded(server: Asker, photo: bytes) -> None:
    assert len(photo) > server.launch.caps.chunk_bytes
    picture = server.upload(photo, name="my photo.jpg").json()
    assert (picture["state"], picture["width"], picture["height"]) == ("ready", 200, 150)
    server.until(f"/api/pictures/{picture['id']}", "tiled", True)
    tile = server.client.get(f"/api/pictures/{picture['id']}/tiles_files/8/0_0.jpg")
    assert Image.open(io.BytesIO(tile.content)).size == (200, 150)
    assert "immutable" in tile.headers["cache-control"]

    wanted = server.wanted(picture["id"], strength=0.5)
    plan = server.client.post("/api/plans", json=wanted).json()
    assert (plan["width"], plan["height"], plan["passes"]) == (200, 150, 2)
    job = server.client.post("/api/jobs", json=wanted).json()
    done = server.until(f"/api/jobs/{job['id']}", "state", "done", "failed")
    assert (done["state"], done["rows"], done["done"]) == ("done", 150, 0.03), done
    assert server.client.get("/api/jobs").json()[0]["id"] == job["id"]

    results = {suffix: server.client.get(f"/api/jobs/{job['id']}/result.{suffix}") for suffix in ("tif", "png", "jpg")}
    pictures = {suffix: np.asarray(Image.open(io.BytesIO(answer.content))) for suffix, answer in results.items()}
    assert results["png"].headers["content-type"] == "image/png"
    assert "my%20photo-small.png" in results["png"].headers["content-disposition"]
    assert (pictures["png"] == pictures["tif"]).all()
    shown = server.client.get(f"/api/jobs/{job['id']}/tiles_files/8/0_0.jpg")
    assert np.abs(np.asarray(Image.open(io.BytesIO(shown.content))).astype(int) - pictures["tif"]).mean() < 20
    assert server.client.get("/api/networks").json()[0]["measured"]

    copies = server.client.get(f"/api/jobs/{job['id']}/copies").json()
    assert shlex.split(copies["command_line"])[:3] == ["intaglio", "stylize", "my photo.jpg"]
    assert "--strength 0.5" in copies["command_line"]
    compile(copies["python"], "copy", "exec")

    assert server.client.delete(f"/api/pictures/{picture['id']}").status_code == 409
    assert server.client.delete(f"/api/jobs/{job['id']}").status_code == 204
    assert server.client.delete(f"/api/pictures/{picture['id']}").status_code == 204
    assert not (server.launch.folder / "jobs" / job["id"]).exists()
    assert not (server.launch.folder / "pictures" / picture["id"]).exists()


def test_an_interrupted_upload_goes_on_where_it_was(server: Asker, photo: bytes) -> None:
    key = server.client.post("/api/pictures", json={"name": "x", "bytes": len(photo)}).json()["id"]
    path = f"/api/pictures/{key}"
    assert server.client.put(f"{path}/content?offset=0", content=photo[:1000]).json()["received"] == 1000
    again = server.client.put(f"{path}/content?offset=0", content=photo[:1000])
    assert (again.status_code, server.client.get(path).json()["received"]) == (409, 1000)
    for offset in range(1000, len(photo), 5_000):
        answer = server.client.put(f"{path}/content?offset={offset}", content=photo[offset : offset + 5_000])
    assert answer.json()["state"] == "ready"
    assert (server.launch.folder / "pictures" / key / "original").read_bytes() == photo
    server.until(path, "tiled", True)
    assert server.client.delete(path).status_code == 204


def test_what_the_engine_refuses_is_refused_before_it_is_queued(server: Asker, photo: bytes) -> None:
    key = server.upload(photo).json()["id"]
    before = len(server.client.get("/api/jobs").json())
    for change, line in [
        ({"network": "none"}, "unknown network"),
        ({"options": {"strength": 2}}, "less than or equal"),
        ({"options": {"weights": [1, 1]}}, "2 weights for 1 styles"),
        ({"options": {"stroke": 40.0}}, "give a smaller stroke"),
    ]:
        answer = server.client.post("/api/jobs", json=server.wanted(key) | change)
        assert (answer.status_code, line in answer.json()["detail"]) == (422, True), answer.text
        assert str(server.launch.folder) not in answer.text
    assert len(server.client.get("/api/jobs").json()) == before


def test_a_damaged_photo_fails_as_a_job_and_says_so_by_its_name(server: Asker, photo: bytes) -> None:
    key = server.upload(photo[: len(photo) // 2], name="half.jpg").json()["id"]
    job = server.client.post("/api/jobs", json=server.wanted(key)).json()
    failed = server.until(f"/api/jobs/{job['id']}", "state", "done", "failed")
    assert failed["state"] == "failed"
    assert failed["error"].startswith("half.jpg: damaged or cut short")
    assert str(server.launch.folder) not in failed["error"]


def test_a_job_is_copied_with_what_differs_from_the_defaults() -> None:
    options = StylizeOptions.parse(
        {"weights": [3, 1], "keep_colors": "match", "stroke": 1.5, "approximate": True}, where="test"
    )
    line = command_line("a b.jpg", ["x.jpg", "y.jpg"], "wct-16x", options)
    assert line == (
        "intaglio stylize 'a b.jpg' --style x.jpg:3 --style y.jpg:1 --keep-colors match --stroke 1.5 --approximate "
        "--model wct-16x -o stylized.tif"
    )
    assert "    weights=(3.0, 1.0),\n    keep_colors='match',\n" in python("a b.jpg", ["x.jpg", "y.jpg"], "wct-16x", options)
