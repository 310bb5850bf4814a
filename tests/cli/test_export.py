import sys
from pathlib import Path

import pytest

from cli.verbs import document, refused
from dulled import example
from intaglio.cli.main import main
from intaglio.pruning.widths.channels import layers_of
from intaglio.storage.artifact import save_pretrained


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small network of which filters have no weights, and another that is no graph."""
    network = example("convnet")
    third = layers_of(network.network)["conv3"]
    assert third.bias is not None
    third.weight[:5] = 0
    third.bias.zero_()
    save_pretrained(network, tmp_path / "net")
    save_pretrained(example("adaattn"), tmp_path / "drawn")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_network_becomes_a_file(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnx")
    made = document(capsys, "export", "net", "--format", "onnx", "-o", "net.onnx", "--json")
    (file,) = made["files"]
    assert file["path"] == "net.onnx"
    assert file["bytes"] == (given / "net.onnx").stat().st_size
    assert file["difference"] <= made["tolerated"] == 1e-4
    assert file["takes"][0] == {"name": "pictures", "shape": "batch x 3 x 32 x 32", "meaning": "RGB in [0, 1]"}
    assert made["zeros"] > 0.01
    assert main(["compact", "net", "-o", "small"]) == 0
    (smaller,) = document(capsys, "export", "small", "-o", "small.onnx", "--json")["files"]
    assert smaller["bytes"] < file["bytes"]
    assert main(["export", "small", "-o", "small.onnx", "--precision", "float16"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert all(word in shown.out for word in ("small.onnx", "opset 18", "float16", "batch x 3", "0.02 is tolerated"))
    assert (given / "small.onnx").stat().st_size < smaller["bytes"]


def test_pruned_weights_are_told(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnx")
    assert main(["export", "net", "-o", "out"]) == 0
    assert "other runtimes compute with them" in capsys.readouterr().out
    assert [one.name for one in (given / "out").iterdir()] == ["network.onnx"]


def test_what_cannot_be_exported_is_told(
    given: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "unknown export format 'onxn': did you mean onnx?" in refused(capsys, "export", "net", "--format", "onxn", "-o", "x")
    for package in ("onnx", "onnxruntime", "onnxscript"):
        with monkeypatch.context() as missing:
            missing.setitem(sys.modules, package, None)
            assert "pip install 'intaglio[onnx]'" in refused(capsys, "export", "net", "-o", "x")
    pytest.importorskip("onnx")
    assert "adaattn cannot be exported" in refused(capsys, "export", "drawn", "-o", "x")
    assert not (given / "x").exists()
