"""A client of a server of its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from intaglio.web.caps import Caps
from intaglio.web.desk import Desk
from intaglio.web.server import Launch, application


@dataclass
class Asker:
    """Asks with the token of the launch."""

    client: TestClient
    launch: Launch

    def upload(self, content: bytes, role: str = "photo", name: str = "photo.jpg") -> Any:
        """Put in pieces; gives the last answer."""
        announced = self.client.post("/api/pictures", json={"name": name, "bytes": len(content), "role": role})
        assert announced.status_code == 201, announced.text
        key, piece = announced.json()["id"], self.launch.caps.chunk_bytes
        for offset in range(0, len(content), piece):
            answer = self.client.put(f"/api/pictures/{key}/content?offset={offset}", content=content[offset : offset + piece])
            assert answer.status_code in (200, 422), answer.text
        return answer

    def wanted(self, content: str, **options: Any) -> dict[str, Any]:
        """A job in the first style that comes along."""
        style = next(one["id"] for one in self.client.get("/api/pictures").json() if one["role"] == "style")
        return {"content": content, "styles": [style], "network": next(iter(self.launch.networks)), "options": options}

    def until(self, path: str, field: str, *values: object, seconds: float = 120.0) -> Any:
        """Ask until a field of the answer has one of these values."""
        end = time.monotonic() + seconds
        while (found := self.client.get(path).json())[field] not in values:
            assert time.monotonic() < end, found
            time.sleep(0.05)
        return found


@contextmanager
def asking(folder: Path, networks: dict[str, str], caps: Caps, studies: tuple[Path, ...] = ()) -> Iterator[Asker]:
    """A server with its workers, ended with the block."""
    launch = Launch(folder=folder, networks=networks, caps=caps, studies=studies)
    with TestClient(application(launch, Desk()), base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {launch.token}"
        yield Asker(client, launch)
