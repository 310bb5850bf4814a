"""Requests made from the schema of the API, valid ones and others: none is answered with a fault of ours."""

from contextlib import suppress
from pathlib import Path

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

from web.asking import Asker


def attack(server: Asker, mode: GenerationMode, examples: int) -> int:
    """Ask every operation of the API so often; gives the number of requests."""
    schema = schemathesis.openapi.from_dict(server.client.get("/api/openapi.json").json())
    return sum(attack_operation(server, found.ok(), mode, examples) for found in schema.get_all_operations())


def attack_operation(server: Asker, operation: schemathesis.APIOperation, mode: GenerationMode, examples: int) -> int:
    declared = frozenset(map(int, operation.definition.raw["responses"]))
    asked = 0

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        nonlocal asked
        asked += 1
        request = requests.Request(**case.as_transport_kwargs(base_url=str(server.client.base_url))).prepare()
        headers = {**request.headers, "Authorization": server.client.headers["Authorization"]}
        body = request.body.encode() if isinstance(request.body, str) else request.body
        response = server.client.request(request.method or "", request.url or "", headers=headers, content=body)
        assert response.status_code in declared, (request.method, request.url, response.status_code, response.text)

    # There is nothing to do wrong where nothing can be given.
    with suppress(Unsatisfiable):
        ask()
    return asked


def outside(folder: Path) -> set[str]:
    """Files of a server's folder that lie where none should."""
    expected = {"intaglio.sqlite", "intaglio.sqlite-wal", "intaglio.sqlite-shm", "pictures", "jobs"}
    return {path.name for path in folder.iterdir()} - expected


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_few_hostile_requests(server: Asker, mode: GenerationMode) -> None:
    assert attack(server, mode, 3) > 20
    assert outside(server.launch.folder) == set()


@pytest.mark.slow
def test_a_thousand_hostile_requests(server: Asker) -> None:
    assert sum(attack(server, mode, 60) for mode in GenerationMode) > 1000
    assert outside(server.launch.folder) == set()
