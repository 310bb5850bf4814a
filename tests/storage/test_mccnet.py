"""MCCNet's published files, made small: two channels a layer."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from intaglio.models.style.mccnet import MCCNet
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.vocabulary.errors import WeightsError
from narrow_checkpoints import layer, publish_codec

FORMAT = IMPORT_FORMATS["mccnet"]


def module(*, unused: bool = True) -> dict[str, Tensor]:
    state = layer("MCCN.fc", 2, 2)
    for name in ("f", "g", "h", "out_conv") if unused else ("f", "g", "out_conv"):
        state |= layer(f"MCCN.{name}", 2, 2, 1, 1)
    return state


def publish(folder: Path, state: dict[str, Tensor], *, inputs: int = 2) -> Path:
    """A folder with the three files; the decoder takes so many channels."""
    publish_codec(folder, inputs=inputs)
    torch.save(state, folder / "mcc_module_iter_160000.pth")
    return folder


def test_weights_go_where_they_belong(tmp_path: Path) -> None:
    network = FORMAT(publish(tmp_path, module())).network
    assert isinstance(network, MCCNet)
    for ours, theirs in (("query", "f"), ("key", "g"), ("out", "out_conv"), ("fused", "fc")):
        assert torch.equal(network.state_dict()[f"correlation.{ours}.weight"], module()[f"MCCN.{theirs}.weight"])


def test_the_unused_layer_may_be_there_or_not_and_is_noted(tmp_path: Path) -> None:
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    published = FORMAT(publish(tmp_path / "with", module()))
    cleaned = FORMAT(publish(tmp_path / "without", module(unused=False)))
    assert published.digest() == cleaned.digest()
    assert [note for note in published.source.notes if "MCCN.h" in note] == ["MCCN.h, which nothing uses, was dropped."]
    assert not [note for note in cleaned.source.notes if "MCCN.h" in note]


def test_a_zero_in_the_bias_that_is_divided_by_is_refused_by_number_of_channels(tmp_path: Path) -> None:
    state = module()
    state["MCCN.g.bias"][1] = 0.0
    with pytest.raises(WeightsError, match=r"mcc_module_iter_160000\.pth: MCCN\.g\.bias is zero in 1 of 2 channels"):
        FORMAT(publish(tmp_path, state))


REFUSED: dict[str, tuple[Callable[[dict[str, Tensor]], object], str]] = {
    "a layer missing": (lambda state: state.pop("MCCN.fc.bias"), "no tensor 'MCCN.fc.bias'"),
    "a layer too many": (lambda state: state.update(layer("MCCN.k", 2, 2, 1, 1)), "unexpected tensors .MCCN.k.weight"),
    "another shape": (lambda state: state.update(layer("MCCN.f", 3, 2, 1, 1)), "correlation.query.weight of shape"),
    "values that are not finite": (lambda state: state["MCCN.g.bias"].fill_(torch.nan), "NaN or infinite values in"),
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
    (tmp_path / "mcc_module_iter_160000.pth").unlink()
    with pytest.raises(WeightsError, match=r"there is no file .*mcc_module_iter_160000\.pth"):
        FORMAT(tmp_path)
