"""What is wrong with a cluster is told in one line before any work is begun."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from engines.two_nodes import TwoNodes
from intaglio.cli.main import main
from intaglio.engines import examination
from intaglio.engines.catalog import ENGINES
from intaglio.engines.cluster import Cluster
from intaglio.engines.engine import Demand
from intaglio.engines.examination import examining
from intaglio.engines.local import Local
from intaglio.vocabulary.errors import IntaglioError, OptionError, ResourceError, UnknownNameError
from stylizing.jobs import picture

ray = pytest.mark.ray


def refused(address: str, demand: Demand) -> str:
    with pytest.raises(IntaglioError) as caught, Cluster(address).opened(demand):
        pass
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_ray_its_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert "install it with `pip install 'intaglio[ray]'`" in refused("auto", Demand(folder=tmp_path))


def test_nothing_of_this_package_loads_ray_before_it_is_asked_for() -> None:
    program = """
import sys, pkgutil, importlib, importlib.util
sys.modules["ray"] = None
import intaglio
for one in pkgutil.walk_packages(intaglio.__path__, "intaglio."):
    origin = importlib.util.find_spec(one.name).origin
    # Not the compiled kernels, one of which is no module, and not what runs when it is loaded.
    if origin.endswith(".py") and not origin.endswith("__main__.py"):
        importlib.import_module(one.name)
assert not any(name.startswith("ray.") for name in sys.modules)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@contextmanager
def listening(answer: bytes | None) -> Iterator[str]:
    """Somebody who says something to whoever calls, or nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        host, port = server.getsockname()
        if answer is None:
            yield f"{host}:{port}"
            return

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"{host}:{port}"
        thread.join()


@ray
def test_an_address_where_nobody_is_is_refused_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = f"127.0.0.1:{server.getsockname()[1]}"
    assert "no cluster of Ray at 127.0.0.1:" in refused(nobody, Demand(folder=tmp_path))
    monkeypatch.setattr("intaglio.engines.connection._SECONDS", 0.3)
    with listening(None) as silent:
        assert "(no answer in 0.3 s)" in refused(silent, Demand(folder=tmp_path))
    with listening(b"HTTP/1.1 400 Bad Request") as other:
        assert "something else listens there" in refused(other, Demand(folder=tmp_path))


@ray
@pytest.mark.parametrize("address", ["nowhere", "ray://head:10001", ":80", "head:", "head:many"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    assert f"--address {address} is none; give HOST:PORT" in refused(address, Demand(folder=tmp_path))


@ray
def test_a_machine_that_belongs_to_no_cluster_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    def none(**_: object) -> None:
        raise ConnectionError("Could not find any running Ray instance.\nPlease specify one.")

    monkeypatch.setattr(ray, "init", none)
    text = refused("auto", Demand(folder=tmp_path))
    assert "belongs to no running cluster of Ray; begin one with `ray start --head`" in text


@ray
def test_the_command_line_ends_with_2_and_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = f"127.0.0.1:{server.getsockname()[1]}"
    for name in ("content", "style"):
        picture(tmp_path / f"{name}.png", 40, 50)
    words = ["stylize", str(tmp_path / "content.png"), "-s", str(tmp_path / "style.png"), "-o", str(tmp_path / "out.png")]
    assert main([*words, "--engine", "ray", "--address", nobody]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "no cluster of Ray at" in told


def test_engines_are_named_and_addresses_are_of_clusters() -> None:
    assert list(ENGINES) == ["local", "ray"]
    with pytest.raises(UnknownNameError, match="unknown engine 'slurm'"):
        ENGINES["slurm"]
    with pytest.raises(OptionError, match="--address head:6379 is of a cluster; give --engine ray too"):
        Local("head:6379")


@ray
def test_nodes_with_another_version_are_refused(tmp_path: Path, nodes: TwoNodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "build", lambda: "intaglio 9.9")
    text = refused(nodes.address, Demand(folder=tmp_path))
    assert "it has intaglio 0.1.0 (sources " in text
    assert "and this process intaglio 9.9; install the same on all nodes" in text


@ray
def test_a_folder_that_nodes_do_not_share_is_refused(tmp_path: Path, nodes: TwoNodes) -> None:
    # Such a path leads each process to files that it has opened, so this folder is ours alone.
    own = os.open(tmp_path, os.O_RDONLY)
    try:
        assert "name a folder on storage that all nodes share" in refused(
            nodes.address, Demand(folder=Path(f"/proc/self/fd/{own}"))
        )
    finally:
        os.close(own)
    gone = tmp_path / "gone"
    assert f"it does not see {gone}; put it on storage that all nodes share" in refused(
        nodes.address, Demand(folder=tmp_path, reads=(gone,))
    )
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".probe")] == []


@ray
def test_nodes_that_are_too_small_are_refused(tmp_path: Path, nodes: TwoNodes) -> None:
    assert "bytes of memory, less than the 9,000,000,000,000 of --memory; give less" in refused(
        nodes.address, Demand(folder=tmp_path, memory=9_000_000_000_000)
    )
    assert "no node of the cluster has 64 processors for a task" in refused(nodes.address, Demand(folder=tmp_path, threads=64))
    assert "no node of the cluster has 1 processor and a GPU" in refused(nodes.address, Demand(folder=tmp_path, device="cuda"))
    assert "device 'tpu' is not supported" in refused(nodes.address, Demand(folder=tmp_path, device="tpu"))


def test_an_examination_finds_what_is_wrong_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with examining(tmp_path, (), 1000) as found:
        assert found.failings() == ""
        found.require()
        other = replace(found, text="of another folder")
        assert "is another folder" in other.failings()
        small = replace(found, memory=10**15)
        with pytest.raises(ResourceError, match=r"node .*: it has .* bytes of memory, less than the 1,000,000,000,000,000"):
            small.require()
    assert "it does not see" in found.failings()
    assert list(tmp_path.iterdir()) == []
