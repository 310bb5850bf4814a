import dataclasses
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dulled import example
from exporting.graphs import values
from intaglio.exporting.catalog import EXPORT_FORMATS
from intaglio.exporting.export import export, zero_share
from intaglio.exporting.export_format import ExportFormat
from intaglio.exporting.graphs.graph import Graph
from intaglio.vocabulary.errors import InputError, IntaglioError, OptionError

ONNX = EXPORT_FORMATS["onnx"]


@pytest.fixture
def copying() -> ExportFormat:
    """A format whose files hold nothing, and whose runtime is torch."""

    def run(_: bytes, graph: Graph) -> list[Tensor]:
        made = graph.module(*values(graph))
        return list(made) if isinstance(made, tuple) else [made]

    return dataclasses.replace(ONNX, require=lambda: None, write=lambda graph, *_: graph.name.encode(), run=run)


def test_a_network_that_is_no_graph_is_refused(tmp_path: Path, copying: ExportFormat) -> None:
    with pytest.raises(OptionError, match=r"adaattn cannot be exported: it draws positions"):
        export(example("adaattn"), tmp_path / "out", copying)
    assert not list(tmp_path.iterdir())


def test_a_file_that_gives_something_else_is_not_kept(tmp_path: Path, copying: ExportFormat) -> None:
    for wrong in (0.1, float("nan")):
        off = dataclasses.replace(copying, run=lambda _, graph, wrong=wrong: [graph.module(*values(graph)) + wrong])
        with pytest.raises(IntaglioError, match=r"network.onnx gives something else than torch, by .*nothing was written"):
            export(example("convnet"), tmp_path / "out", off)

    def second(content: bytes, graph: Graph) -> list[Tensor]:
        first, other = copying.run(content, graph)
        return [first, other * torch.nan]

    with pytest.raises(IntaglioError, match=r"encoder.onnx gives something else than torch, by nan"):
        export(example("sanet"), tmp_path / "out", dataclasses.replace(copying, run=second))
    assert not list(tmp_path.iterdir())


def test_where_files_can_lie(tmp_path: Path, copying: ExportFormat) -> None:
    many, single = example("adain"), example("convnet")
    with pytest.raises(OptionError, match=r"the network is 3 graphs \(encoder, decoder, whole\); name a folder"):
        export(many, tmp_path / "x.onnx", copying)
    with pytest.raises(OptionError, match=r"the folder of .* does not exist"):
        export(single, tmp_path / "no" / "x.onnx", copying)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match=r"holds other files than those to be written \(letter.txt\)"):
        export(many, foreign, copying)
    with pytest.raises(InputError, match=r"letter.txt is a file; name a folder"):
        export(many, foreign / "letter.txt", copying)
    for _ in range(2):
        export(many, tmp_path / "three", copying)
        assert {one.name for one in (tmp_path / "three").iterdir()} == {"encoder.onnx", "decoder.onnx", "whole.onnx"}
    with pytest.raises(InputError, match=r"\(decoder.onnx\); choose another folder"):
        export(single, tmp_path / "three", copying)


def test_the_share_of_zeros() -> None:
    network = example("convnet")
    assert zero_share(network) == 0
    with torch.no_grad():
        for layer in network.network.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                layer.weight[::2] = 0
    assert zero_share(network) == pytest.approx(0.5, abs=0.01)
