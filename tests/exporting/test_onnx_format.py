from pathlib import Path

import pytest
import torch

from dulled import example
from exporting.graphs import EXPORTABLE, graphs, values
from intaglio.exporting.catalog import EXPORT_FORMATS
from intaglio.exporting.export import TOLERATED, export
from intaglio.exporting.export_format import Precision
from intaglio.exporting.graphs.graph import Graph

onnx = pytest.importorskip("onnx", reason="the extra `onnx` is not installed")
ONNX = EXPORT_FORMATS["onnx"]
# torch's exporter takes seconds for each file.
SMALL = [("wct", "stage3-encoder"), ("wct", "stage3-decoder"), ("lst", "compressed")]


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPORTABLE)
@pytest.mark.parametrize("precision", TOLERATED)
def test_every_file_of_a_network_gives_what_torch_gives(name: str, precision: Precision, tmp_path: Path) -> None:
    files = export(example(name), tmp_path / "out", ONNX, precision=precision)
    assert {one.path for one in files} == set((tmp_path / "out").iterdir())
    for one in files:
        assert one.difference <= TOLERATED[precision]
        assert_described(one.path.read_bytes(), one.graph)


@pytest.mark.parametrize(("name", "part"), SMALL)
def test_a_small_file_gives_what_torch_gives(name: str, part: str) -> None:
    graph = graphs(name)[part]
    content = ONNX.write(graph, "float32", {"license": "MIT"})
    (found,) = ONNX.run(content, graph)
    torch.testing.assert_close(found, graph.module(*values(graph)), rtol=0, atol=1e-5)
    assert_described(content, graph)


def assert_described(content: bytes, graph: Graph) -> None:
    model = onnx.load_from_string(content)
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
