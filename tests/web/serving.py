"""`intaglio serve` as a process of its own, which may be killed and started again in its folder."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


class Served:
    """A server in a folder; a context that kills it.

    Args:
        folder: of pictures and jobs.
        options: of the command, beside those of every test.
        environment: variables beside those of this process.

    """

    def __init__(self, folder: Path, *options: str, environment: Mapping[str, str] | None = None) -> None:
        self.folder, self.options, self.environment = folder, options, {**os.environ, **(environment or {})}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "intaglio.cli.main", "serve", "--device", "cpu"]
        command += ["--folder", str(self.folder), "--port", str(self.port), *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self.environment)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.token = parse_qs(urlsplit(self.url).query)["token"][0]
        self.until(lambda: self.ask("pictures"))
        return self

    def __exit__(self, *_: object) -> None:
        """SIGKILL: nothing is tidied up."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def ask(self, path: str, body: Any = None) -> Any:
        """JSON in, JSON out."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{path}",
            None if body is None else json.dumps(body).encode(),
            {**self.key, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    def until(self, wanted: Any, seconds: float = 120.0) -> Any:
        """What a function gives, as soon as it is true; a server that does not listen yet is not."""
        end = time.monotonic() + seconds
        while True:
            try:
                if found := wanted():
                    return found
            except OSError:
                assert self.process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)

    def upload(self, path: Path) -> Any:
        """A picture, in pieces as the page sends them; gives its record when its tiles are written."""
        content, piece = path.read_bytes(), 3_999_999
        key = self.ask("pictures", {"name": path.name, "bytes": len(content), "role": "photo"})["id"]
        for offset in range(0, len(content), piece):
            url = f"http://127.0.0.1:{self.port}/api/pictures/{key}/content?offset={offset}"
            put = urllib.request.Request(url, content[offset : offset + piece], self.key, method="PUT")
            with urllib.request.urlopen(put) as answer:
                assert answer.status == 200
        return self.until(lambda: (one := self.ask(f"pictures/{key}"))["tiled"] and one)

    @property
    def key(self) -> dict[str, str]:
        """What a request needs to be let in."""
        return {"Authorization": f"Bearer {self.token}"}
