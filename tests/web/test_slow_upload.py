"""Connections that dribble: bytes that come too slowly are given up, and so is the connection."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from web.asking import Asker


@pytest.fixture
def port(server: Asker) -> Iterator[int]:
    """The same server, on a socket."""
    listening = uvicorn.Server(uvicorn.Config(server.client.app, port=0, lifespan="off", log_level="warning", ws="none"))
    thread = threading.Thread(target=listening.run)
    thread.start()
    while not listening.started:
        time.sleep(0.01)
    yield listening.servers[0].sockets[0].getsockname()[1]
    listening.should_exit = True
    thread.join()


def request(server: Asker, key: str, port: int, length: int) -> bytes:
    lines = [
        f"PUT /api/pictures/{key}/content?offset=0 HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Authorization: Bearer {server.launch.token}",
        f"Content-Length: {length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def dribbled(connection: socket.socket) -> bytes:
    """What a server says to a byte now and then before it ends the connection."""
    received, end = b"", time.monotonic() + 30
    connection.settimeout(0.1)
    while time.monotonic() < end:
        try:
            connection.sendall(b"x")
            piece = connection.recv(4096)
        except TimeoutError:
            continue
        except OSError:
            return received
        if not piece:
            return received
        received += piece
    raise AssertionError("the connection is still there")


def test_a_connection_that_dribbles_is_ended_in_time_and_leaves_nothing(server: Asker, port: int) -> None:
    key = server.client.post("/api/pictures", json={"name": "slow", "bytes": 5_000}).json()["id"]
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request(server, key, port, 5_000))
        answer = dribbled(connection)
    assert time.monotonic() - began >= server.launch.caps.chunk_seconds - 0.1
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"go on at the same offset" in answer
    picture = server.client.get(f"/api/pictures/{key}").json()
    assert (picture["received"], picture["state"]) == (0, "arriving")
    assert list((server.launch.folder / "pictures" / key).iterdir()) == []
    assert server.client.delete(f"/api/pictures/{key}").status_code == 204


def test_a_connection_that_breaks_in_the_middle_of_a_piece_leaves_nothing_of_it(server: Asker, port: int) -> None:
    key = server.client.post("/api/pictures", json={"name": "broken", "bytes": 5_000}).json()["id"]
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request(server, key, port, 5_000) + b"x" * 100)
    # Another request has been answered, so this one was seen.
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request(server, "0" * 16, port, 0))
        assert connection.recv(4096).startswith(b"HTTP/1.1 404 ")
    assert server.client.get(f"/api/pictures/{key}").json()["received"] == 0
    assert list((server.launch.folder / "pictures" / key).iterdir()) == []
    assert server.client.delete(f"/api/pictures/{key}").status_code == 204
