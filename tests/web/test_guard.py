import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import intaglio.web
from intaglio.web.caps import Caps
from intaglio.web.desk import Desk
from intaglio.web.server import Launch, application
from web.asking import Asker
from web.hostile_files import FILES

STATIC = Path(intaglio.web.__file__).parent / "static"
POLICY = re.compile(
    r"default-src 'none'; script-src 'self'; style-src '(self|sha256-[\w+/=]{44})'; img-src 'self' blob:; connect-src 'self'; "
)


def stranger(server: Asker) -> TestClient:
    """The same server, without its token."""
    return TestClient(server.client.app, base_url="http://127.0.0.1:8765", follow_redirects=False)


def test_the_address_with_the_token_opens_the_page_and_no_other_does(server: Asker) -> None:
    client = stranger(server)
    assert client.get("/").status_code == 401
    assert client.get("/?token=no").status_code == 401
    assert client.get("/api/pictures").status_code == 401
    assert client.get("/api/pictures", headers={"Authorization": "Bearer é".encode()}).status_code == 401
    opened = client.get(f"/?token={server.launch.token}")
    cookie = opened.headers["set-cookie"]
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    assert cookie.startswith("intaglio-8765=")
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Drop a photo here" in client.get("/").text
    assert client.get("/api/pictures").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8765", "127.0.0.1:8765@evil.example", "", "[::1]:8765"]
)
def test_another_name_is_refused(server: Asker, host: str) -> None:
    assert server.client.get("/api/pictures", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_changes_nothing(server: Asker, headers: dict[str, str]) -> None:
    answer = server.client.post("/api/pictures", json={"name": "x", "bytes": 9}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/", "/api/pictures", "/api/none", "/study", "/static/none", "/login"])
def test_every_answer_forbids_what_the_page_does_not_need(server: Asker, path: str) -> None:
    headers = stranger(server).get(path).headers
    assert POLICY.match(headers["content-security-policy"])
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/..%2fserver.py",
        "/static//etc/passwd",
        "/api/pictures/..%2f..%2fintaglio.sqlite",
        "/api/pictures/0123456789abcdef/../../lock",
        "/api/pictures/0123456789abcdef/tiles_files/..%2f../0_0.jpg",
        "/api/jobs/0123456789abcdef/result.tif%00.jpg",
        "/api/jobs/..%2f..%2f..%2fetc%2fpasswd",
        "/api/studies/..",
    ],
)
def test_no_path_leads_out(server: Asker, path: str) -> None:
    assert server.client.get(path).status_code in (404, 422)


@pytest.mark.parametrize(("content", "line"), FILES.values(), ids=FILES)
def test_what_is_no_picture_for_us_leaves_nothing(server: Asker, content: bytes, line: str) -> None:
    before = sorted((server.launch.folder / "pictures").iterdir())
    answer = server.upload(content, name="../../evil.jpg")
    assert (answer.status_code, line in answer.json()["detail"]) == (422, True), answer.text
    assert str(server.launch.folder) not in answer.text
    assert sorted((server.launch.folder / "pictures").iterdir()) == before


def test_caps_hold(server: Asker) -> None:
    caps, post = server.launch.caps, server.client.post
    assert post("/api/pictures", json={"name": "x", "bytes": caps.upload_bytes + 1}).status_code == 413
    assert post("/api/pictures", json={"name": "x" * 201, "bytes": 1}).status_code == 422
    assert post("/api/pictures", json={"name": "x\u0000y", "bytes": 1}).status_code == 422
    assert post("/api/pictures", content=b" " * (caps.body_bytes + 1)).status_code == 413
    keys = [post("/api/pictures", json={"name": "x", "bytes": 60_000}).json()["id"] for _ in range(caps.unfinished)]
    assert post("/api/pictures", json={"name": "x", "bytes": 1}).status_code == 429
    path = f"/api/pictures/{keys[0]}/content?offset="
    assert server.client.put(f"{path}0", content=b" " * (caps.chunk_bytes + 1)).status_code == 413
    pieces = (b" " * 1000 for _ in range(caps.chunk_bytes // 1000 + 1))
    assert server.client.put(f"{path}0", content=pieces).status_code == 413
    assert server.client.put(f"{path}0", content=b"", headers={"Content-Length": "-1"}).status_code == 413
    assert server.client.put(f"{path}59999", content=b"12").status_code == 409
    assert server.client.put(f"{path}{2**70}", content=b"12").status_code == 409
    for key in keys:
        assert server.client.get(f"/api/pictures/{key}").json()["received"] == 0
        assert server.client.delete(f"/api/pictures/{key}").status_code == 204


def test_a_public_server_asks_for_its_password(tmp_path: Path) -> None:
    launch = Launch(folder=tmp_path, networks={}, caps=Caps(), password="correct horse", hosts=("pictures.example",))
    client = TestClient(application(launch, Desk()), base_url="http://pictures.example", follow_redirects=False)
    assert "asks for a password" in client.get(f"/?token={launch.token}").text
    assert client.post("/login", data={"password": "wrong"}).status_code == 401
    assert client.get("/api/caps").status_code == 401
    assert client.post("/login", data={"password": "correct horse"}).status_code == 303
    assert client.get("/api/caps").status_code == 200


def test_the_page_asks_nobody_else_and_all_its_words_are_there() -> None:
    sources = {path.name: path.read_text("utf-8") for path in STATIC.iterdir() if not path.name.startswith("openseadragon")}
    # Filled by the program: the style, the address of the files, and what scripts read.
    places = {"look", "assets", "facts"}
    words = set(re.findall(r'^  "(\w+)":', sources["words.json"], re.MULTILINE))
    used = {word for name in sources if name.endswith(".html") for word in re.findall(r"\$(\w+)", sources[name])}
    used |= set(re.findall(r"\b(?:say\(\"|words\.)(?!json|js)(\w+)", sources["app.js"] + sources["study.js"]))
    assert used <= words | places
    for name, source in sources.items():
        assert not re.search(r"https?://(?!www\.w3\.org)", source), name
        assert " style=" not in source, name


def test_the_table_of_threats_names_tests_that_are_there() -> None:
    told = Path(__file__).parents[2].joinpath("docs/security.md").read_text("utf-8")
    tests = {
        name
        for path in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    }
    named = set(re.findall(r"`(test_\w+)`", told))
    assert len(named) > 10
    assert named <= tests
