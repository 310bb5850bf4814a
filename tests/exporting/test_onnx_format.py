from pathlib import Path

import pytest
import torch

from dulled import example
from exporting.graphs import EXPORTABLE, graphs, values
from intaglio.exporting.catalog import EXPORT_FORMATS
from intaglio.exporting.export import TOLERATED, export
from intaglio.exporting.graphs.graph import Graph
from intaglio.samples import BY_KIND
from intaglio.storage.artifact import from_pretrained

onnx = pytest.importorskip("onnx", reason="the extra `onnx` is not installed")
ONNX = EXPORT_FORMATS["onnx"]
# torch's exporter takes seconds for each file.
SMALL = [("wct", "stage3-encoder"), ("wct", "stage3-decoder"), ("lst", "compressed")]


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPORTABLE)
def test_every_file_of_a_network_gives_what_torch_gives(name: str, tmp_path: Path) -> None:
    files = export(example(name), tmp_path / "out", ONNX)
    assert {one.path for one in files} == set((tmp_path / "out").iterdir())
    for one in files:
        assert one.difference <= TOLERATED["float32"]
        assert_described(one.path.read_bytes(), one.graph)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in BY_KIND if name in EXPORTABLE])
def test_networks_of_the_package_in_float16(name: str, tmp_path: Path) -> None:
    network = from_pretrained(name)
    for one in export(network, tmp_path / "out", ONNX, precision="float16"):
        assert one.difference <= 2e-3
        weights = [weight for weight in onnx.load(one.path).graph.initializer if len(weight.dims) == 4]
        assert {weight.data_type for weight in weights} == {onnx.TensorProto.FLOAT16}


@pytest.mark.parametrize(("name", "part"), SMALL)
def test_a_small_file_gives_what_torch_gives(name: str, part: str) -> None:
    graph = graphs(name)[part]
    content = ONNX.write(graph, "float32", {"license": "MIT"})
    (found,) = ONNX.run(content, graph)
    torch.testing.assert_close(found, graph.module(*values(graph)), rtol=0, atol=1e-5)
    assert_described(content, graph)


def assert_described(content: bytes, graph: Graph) -> None:
    model = onnx.load_from_string(content)
    assert b".py" not in content, "no paths of the machine"
    assert [taken.name for taken in model.graph.input] == [port.name for port in graph.takes]
    assert [given.name for given in model.graph.output] == [*graph.gives]
    assert all(taken.doc_string for taken in model.graph.input)
    assert "license" in {entry.key for entry in model.metadata_props}
    assert [entry.version for entry in model.opset_import if not entry.domain] == [18]


def test_half_of_the_bytes_for_a_bounded_difference(tmp_path: Path) -> None:
    network = example("deep-conv-generator")
    (full,) = export(network, tmp_path / "full.onnx", ONNX)
    (half,) = export(network, tmp_path / "half.onnx", ONNX, precision="float16")
    assert full.difference < half.difference <= TOLERATED["float16"]
    kinds = {one.data_type for one in onnx.load(half.path).graph.initializer if len(one.dims) > 1}
    assert kinds == {onnx.TensorProto.FLOAT16}
    model = onnx.load(half.path)
    assert all(one.type.tensor_type.elem_type == onnx.TensorProto.FLOAT for one in (*model.graph.input, *model.graph.output))
