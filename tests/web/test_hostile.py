"""Requests made from the schema of the API, valid ones and others: none is answered with a fault, and none leaves anything."""

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

from web.asking import Asker
from web.hostile_files import FILES
from web.serving import Served

Send = Callable[[requests.PreparedRequest], tuple[int, str]]
"""What a server answers: status and body."""


def attack(send: Send, base: str, schema: Any, mode: GenerationMode, examples: int) -> int:
    """Ask every operation of the API so often; gives the number of requests."""
    operations = [found.ok() for found in schemathesis.openapi.from_dict(schema).get_all_operations()]
    return sum(attack_operation(send, base, operation, mode, examples) for operation in operations)


def attack_operation(send: Send, base: str, operation: schemathesis.APIOperation, mode: GenerationMode, examples: int) -> int:
    declared = frozenset(map(int, operation.definition.raw["responses"]))
    asked = 0

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        nonlocal asked
        asked += 1
        request = requests.Request(**case.as_transport_kwargs(base_url=base)).prepare()
        status, text = send(request)
        assert status in declared, (request.method, request.url, status, text)

    # There is nothing to do wrong where nothing can be given.
    with suppress(Unsatisfiable):
        ask()
    return asked


def files_of(folder: Path) -> set[str]:
    """All there is, but for what SQLite keeps beside its file."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.name.startswith("intaglio.sqlite-")}


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_few_hostile_requests(server: Asker, mode: GenerationMode) -> None:
    for picture in server.client.get("/api/pictures").json():
        server.until(f"/api/pictures/{picture['id']}", "tiled", True)
    before = files_of(server.launch.folder)

    def send(request: requests.PreparedRequest) -> tuple[int, str]:
        headers = {**request.headers, "Authorization": server.client.headers["Authorization"]}
        body = request.body.encode() if isinstance(request.body, str) else request.body
        response = server.client.request(request.method or "", request.url or "", headers=headers, content=body)
        return response.status_code, response.text

    schema = server.client.get("/api/openapi.json").json()
    assert attack(send, str(server.client.base_url), schema, mode, 3) > 20
    for picture in server.client.get("/api/pictures").json():
        if picture["state"] == "arriving":
            assert server.client.delete(f"/api/pictures/{picture['id']}").status_code == 204
    assert files_of(server.launch.folder) == before


class Aggressor:
    """Asks a server that is a process, with its key and without patience."""

    def __init__(self, server: Served) -> None:
        self.server, self.base = server, f"http://127.0.0.1:{server.port}"
        self.schema = server.ask("openapi.json")
        self.asked = 0

    def send(self, request: requests.PreparedRequest) -> tuple[int, str]:
        request.headers.update(self.server.key)
        with requests.Session() as session:
            answer = session.send(request, timeout=60)
        self.asked += 1
        return answer.status_code, answer.text

    def ask(self, method: str, path: str, **content: Any) -> tuple[int, str]:
        return self.send(requests.Request(method, f"{self.base}/api/{path}", **content).prepare())

    def round(self, examples: int) -> None:
        """Schema, lies about files, caps and paths; what was announced is removed again."""
        for mode in GenerationMode:
            attack(self.send, self.base, self.schema, mode, examples)
            self.tidy()
        for content, line in FILES.values():
            if line != "over the budget":
                key = self.server.ask("pictures", {"name": "../evil", "bytes": len(content), "role": "photo"})["id"]
                assert self.ask("PUT", f"pictures/{key}/content?offset=0", data=content)[0] == 422
        key = self.server.ask("pictures", {"name": "large", "bytes": 9_000_000, "role": "photo"})["id"]
        for _ in range(5):
            assert self.ask("PUT", f"pictures/{key}/content?offset=0", data=b" " * 4_000_001)[0] == 413
            assert self.ask("GET", f"pictures/{key}/tiles_files/..%2f../0_0.jpg")[0] in (404, 422)
        self.tidy()

    def tidy(self) -> None:
        """Remove what was announced."""
        for picture in self.server.ask("pictures"):
            if picture["state"] == "arriving":
                assert self.ask("DELETE", f"pictures/{picture['id']}")[0] == 204

    def memory(self) -> int:
        """Resident bytes of the server and of the desk and the workers below it."""
        server = psutil.Process(self.server.process.pid)
        return sum(process.memory_info().rss for process in [server, *server.children(recursive=True)])


@pytest.mark.slow
def test_a_thousand_hostile_requests_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    with Served(tmp_path / "page", environment={"TMPDIR": str(tmp_path / "tmp")}) as server:
        server.until(lambda: server.ask("networks") and all(one["tiled"] for one in server.ask("pictures")))
        aggressor = Aggressor(server)
        # Whatever is loaded when it is first needed is loaded now.
        aggressor.round(10)
        files, scratch, memory, asked = (
            files_of(tmp_path / "page"),
            files_of(tmp_path / "tmp"),
            aggressor.memory(),
            aggressor.asked,
        )
        while aggressor.asked - asked < 1000:
            aggressor.round(60)
        assert files_of(tmp_path / "page") == files
        assert files_of(tmp_path / "tmp") == scratch
        grown = aggressor.memory() - memory
        told = "%d requests; %.0f MB before, %+.1f MB after"
        logging.getLogger(__name__).info(told, aggressor.asked - asked, memory / 1e6, grown / 1e6)
        assert grown < 40e6
