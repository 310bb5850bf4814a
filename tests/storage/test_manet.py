"""MANet's published files, made small: two channels a layer."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from intaglio.models.style.manet import MANet
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.vocabulary.errors import WeightsError
from narrow_checkpoints import layer, publish_codec

FORMAT = IMPORT_FORMATS["manet"]


def module() -> dict[str, Tensor]:
    state: dict[str, Tensor] = {}
    for unit in ("CA", "CSA", "SSA"):
        for name in ("f", "g", "h", "out_conv"):
            state |= layer(f"{unit}.{name}", 2, 2, 1, 1)
    return state


def publish(folder: Path, state: dict[str, Tensor], *, inputs: int = 2) -> Path:
    """A folder with the three files; the decoder takes so many channels."""
    publish_codec(folder, inputs=inputs)
    torch.save(state, folder / "ma_module_iter_160000.pth")
    return folder


def test_weights_go_where_they_belong(tmp_path: Path) -> None:
    imported = FORMAT(publish(tmp_path, module()))
    assert isinstance(imported.network, MANet)
    state = imported.network.state_dict()
    for ours, theirs in (("content", "CSA"), ("style", "SSA"), ("joint", "CA")):
        for name, letter in (("query", "f"), ("key", "g"), ("value", "h"), ("out", "out_conv")):
            assert torch.equal(state[f"{ours}.{name}.weight"], module()[f"{theirs}.{letter}.weight"])
    assert [name for name, _ in imported.source.files] == [
        "vgg_normalised.pth",
        "ma_module_iter_160000.pth",
        "decoder_iter_160000.pth",
    ]


REFUSED: dict[str, tuple[Callable[[dict[str, Tensor]], object], str]] = {
    "a layer missing": (lambda state: state.pop("SSA.g.bias"), "no tensor 'SSA.g.bias'"),
    "a layer too many": (lambda state: state.update(layer("CA.k", 2, 2, 1, 1)), "unexpected tensors .CA.k.weight"),
    "another shape": (lambda state: state.update(layer("CSA.f", 3, 2, 1, 1)), "content.query.weight of shape"),
    "values that are not finite": (lambda state: state["CA.h.bias"].fill_(torch.nan), "NaN or infinite values in"),
}


@pytest.mark.parametrize(("change", "complaint"), REFUSED.values(), ids=REFUSED)
def test_a_module_that_is_not_what_it_should_be(
    tmp_path: Path, change: Callable[[dict[str, Tensor]], object], complaint: str
) -> None:
    state = module()
    change(state)
    with pytest.raises(WeightsError, match=complaint):
        FORMAT(publish(tmp_path, state))


def test_a_decoder_of_another_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"decoder_iter_160000\.pth: 1 has a weight of shape"):
        FORMAT(publish(tmp_path, module(), inputs=3))


def test_a_folder_without_the_module_says_which_file_it_lacks(tmp_path: Path) -> None:
    publish(tmp_path, module())
    (tmp_path / "ma_module_iter_160000.pth").unlink()
    with pytest.raises(WeightsError, match=r"there is no file .*ma_module_iter_160000\.pth"):
        FORMAT(tmp_path)
