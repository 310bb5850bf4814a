"""Headless Chromium over a pipe: the DevTools protocol, null bytes between messages, without another library."""

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
"""None where there is no such browser."""


class Chromium:
    """One page; a context.

    Args:
        profile: empty folder.
        width: of the window, in pixels.
        height: of the window, in pixels.

    """

    def __init__(self, profile: Path, width: int = 1280, height: int = 800) -> None:
        self.profile, self.size = profile, (width, height)
        self.faults: list[str] = []
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        assert PROGRAM is not None
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # The protocol is spoken on descriptors 3 and 4.
        command = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={self.profile}"]
        self.process = subprocess.Popen(
            ["bash", "-c", command, PROGRAM, *flags, f"--window-size={self.size[0]},{self.size[1]}", "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._in, self._out = os.fdopen(ours_in, "rb", 0), os.fdopen(ours_out, "wb", 0)
        self._pending, self._number, self._page = b"", 0, ""
        target = next(one for one in self.tell("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self._page = self.tell("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.tell(f"{domain}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._in.close()
        self._out.close()

    def tell(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command; gives its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._page:
            message["sessionId"] = self._page
        self._out.write(json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self._note(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def run(self, script: str) -> Any:
        """The value of an expression of the page."""
        found = self.tell("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, script: str, seconds: float = 60.0) -> None:
        """Wait for an expression of the page to be true."""
        end = time.monotonic() + seconds
        while not self.run(script):
            assert time.monotonic() < end, (script, self.faults)
            time.sleep(0.05)

    def put_file(self, selector: str, path: Path) -> None:
        """Choose a file as a person does in the dialog."""
        root = self.tell("DOM.getDocument")["root"]["nodeId"]
        node = self.tell("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.tell("DOM.setFileInputFiles", files=[str(path)], nodeId=node)

    def press(self, key: str) -> None:
        """A key where the focus is."""
        for kind in ("keyDown", "keyUp"):
            self.tell("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def open(self, url: str) -> None:
        """Go there from an empty page, so that it is read anew whatever follows its `#`."""
        self.tell("Page.navigate", url="about:blank")
        self.until("location.href === 'about:blank'")
        self.tell("Page.navigate", url=url)
        self.until("location.href !== 'about:blank' && document.readyState === 'complete'")

    def look(self, width: int, height: int, *, dark: bool = False) -> None:
        """Be another window, in a light or a dark system."""
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.tell("Emulation.setEmulatedMedia", features=features)

    def picture(self) -> bytes:
        """The window, PNG."""
        return base64.b64decode(self.tell("Page.captureScreenshot", format="png")["data"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._pending:
            piece = self._in.read(1 << 16)
            assert piece, "the browser ended"
            self._pending += piece
        message, self._pending = self._pending.split(b"\0", 1)
        found: dict[str, Any] = json.loads(message)
        return found

    def _note(self, event: dict[str, Any]) -> None:
        """What the page asked for, and what it complained about."""
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.asked.append(event["params"]["request"]["url"])
            case "Runtime.exceptionThrown":
                self.faults.append(str(event["params"]["exceptionDetails"]))
            case "Log.entryAdded" if event["params"]["entry"]["level"] == "error":
                self.faults.append(f"{event['params']['entry']['text']} {event['params']['entry'].get('url')}")
