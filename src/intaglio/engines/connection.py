"""`connected`: a cluster of Ray, reached within a time or not at all."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from intaglio.vocabulary.errors import OptionError, ResourceError

_SECONDS = 10.0
# Pictures and weights travel by files; what tasks take and give is small.
_STORE_BYTES = 100_000_000
# How a client of HTTP/2, which the head of a cluster speaks, begins: RFC 9113, section 3.4, and an empty frame of settings.
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_SETTINGS = b"\x04"
_AUTO, _LOCAL = "auto", "local"


@contextmanager
def connected(address: str) -> Iterator[ModuleType]:
    """Ray, connected; a connection that was there before is used and stays.

    Args:
        address: HOST:PORT, "auto" or "local".

    Raises:
        OptionError: Ray is not installed, or the address is none.
        ResourceError: nobody answers there.

    """
    ray = _ray()
    if ray.is_initialized():
        yield ray
        return
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address == _LOCAL:
        ray.init(address=_LOCAL, include_dashboard=False, object_store_memory=_STORE_BYTES, **quiet)
    else:
        if address != _AUTO:
            _require_listener(address)
        try:
            ray.init(address=address, **quiet)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ResourceError(_told(address, error)) from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _ray() -> ModuleType:
    try:
        ray = import_module("ray")
        import_module("ray.util.scheduling_strategies")
    except ImportError:
        raise OptionError("--engine ray needs the package ray; install it with `pip install 'intaglio[ray]'`") from None
    return ray


def _require_listener(address: str) -> None:
    """Refuse an address where nobody listens: Ray would try for minutes, with a page of words."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdecimal() and "/" not in address):
        raise OptionError(f"--address {address} is none; give HOST:PORT of the cluster's head, auto or local")
    try:
        with socket.create_connection((host, int(port)), timeout=_SECONDS) as line:
            line.sendall(_GREETING)
            # A frame begins with three bytes of length and one that says what it is.
            if line.recv(4)[3:] != _SETTINGS:
                raise ConnectionError("something else listens there")
    except (OSError, OverflowError) as error:
        reason = f"no answer in {_SECONDS:g} s" if isinstance(error, TimeoutError) else str(error)
        raise ResourceError(
            f"no cluster of Ray at {address} ({reason}); begin one with `ray start --head`, or correct --address"
        ) from None


def _told(address: str, error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    if address == _AUTO:
        return (
            "this machine belongs to no running cluster of Ray; begin one with `ray start --head`, name one with --address "
            f"HOST:PORT, or give --address local to work on this machine alone ({text})"
        )
    return f"the cluster of Ray at {address} does not take this process: {text}"
