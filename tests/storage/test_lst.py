from pathlib import Path

import pytest
import torch
from torch import Tensor

from intaglio.cli.main import main
from intaglio.models.style.lst import LSTConfig
from intaglio.storage.artifact import from_pretrained
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.storage.import_format import ImportOptions
from intaglio.vocabulary.errors import OptionError, WeightsError

FORMAT = IMPORT_FORMATS["lst"]
WIDTHS = (2, 2, 3, 3, 4, 4, 4, 4, 8, 8, 8, 8, 8)
DEPTHS = {"r31": 5, "r41": 9, "r51": 13}


def numbered(first: int, widths: tuple[int, ...], inputs: int) -> dict[str, Tensor]:
    """A chain of 3x3 convolutions."""
    state: dict[str, Tensor] = {}
    for number, (before, after) in enumerate(zip((inputs, *widths), widths, strict=False), first):
        state |= {f"conv{number}.weight": torch.randn(after, before, 3, 3), f"conv{number}.bias": torch.randn(after)}
    return state


def encoder(layer: str) -> dict[str, Tensor]:
    """The same weights however deep."""
    torch.manual_seed(0)
    color = {"conv1.weight": torch.randn(3, 3, 1, 1), "conv1.bias": torch.randn(3)}
    whole = color | numbered(2, WIDTHS, 3)
    return dict(list(whole.items())[: 2 * DEPTHS[layer] + 2])


def transform(channels: int, size: int = 3) -> dict[str, Tensor]:
    state: dict[str, Tensor] = {}
    for net in ("snet", "cnet"):
        for index, inputs, outputs in (
            (0, channels, channels // 2),
            (2, channels // 2, channels // 4),
            (4, channels // 4, size),
        ):
            state[f"{net}.convs.{index}.weight"] = torch.randn(outputs, inputs, 3, 3)
            state[f"{net}.convs.{index}.bias"] = torch.randn(outputs)
        state |= {f"{net}.fc.weight": torch.randn(size**2, size**2), f"{net}.fc.bias": torch.randn(size**2)}
    state |= {"compress.weight": torch.randn(size, channels, 1, 1), "compress.bias": torch.randn(size)}
    return state | {"unzip.weight": torch.randn(channels, size, 1, 1), "unzip.bias": torch.randn(channels)}


def write(folder: Path, *layers: str) -> None:
    """Narrow checkpoints of networks, as published."""
    for layer in layers:
        depth = DEPTHS[layer]
        torch.save(encoder(layer), folder / f"vgg_{layer}.pth")
        widths = WIDTHS[:depth]
        torch.save(numbered(depth + 2, (*widths[-2::-1], 3), widths[-1]), folder / f"dec_{layer}.pth")
        torch.save(transform(widths[-1]), folder / f"{layer}.pth")


@pytest.mark.parametrize(("layer", "cut"), [("r41", "relu4_1"), ("r31", "relu3_1")])
def test_the_files_tell_the_layer_the_widths_and_the_size(tmp_path: Path, layer: str, cut: str) -> None:
    write(tmp_path, layer)
    imported = FORMAT(tmp_path)
    assert isinstance(imported.config, LSTConfig)
    codec = imported.config.codec
    assert (codec.cut, codec.widths, imported.config.matrix) == (cut, WIDTHS[: DEPTHS[layer]], 3)
    assert (codec.pooling, codec.decoder_relu) == ("floor", False)
    state, theirs = imported.network.state_dict(), torch.load(tmp_path / f"{layer}.pth", weights_only=True)
    assert torch.equal(state["transform.content.layers.conv2.weight"], theirs["cnet.convs.2.weight"])
    assert torch.equal(state["transform.style.linear.bias"], theirs["snet.fc.bias"])
    assert torch.equal(state["transform.expand.weight"], theirs["unzip.weight"])
    assert [name for name, _ in imported.source.files] == [f"vgg_{layer}.pth", f"dec_{layer}.pth", f"{layer}.pth"]
    assert imported.source.notes == ()


def test_of_a_folder_with_both_networks_either_may_be_had(tmp_path: Path) -> None:
    write(tmp_path, "r31", "r41")
    deep, shallow = FORMAT(tmp_path), FORMAT(tmp_path, ImportOptions(cut="relu3_1"))
    assert [network.config.model_dump()["codec"]["cut"] for network in (deep, shallow)] == ["relu4_1", "relu3_1"]
    assert deep.source.notes == ("The folder holds a network at relu3_1 too, which `--cut relu3_1` imports.",)


def test_the_command_line_says_which_of_both(tmp_path: Path) -> None:
    write(tmp_path, "r31", "r41")
    assert main(["import", "lst", str(tmp_path), "--cut", "relu3_1", "-o", str(tmp_path / "network")]) == 0
    imported = from_pretrained(tmp_path / "network")
    assert isinstance(imported.config, LSTConfig)
    assert imported.config.codec.cut == "relu3_1"


def test_a_network_that_is_asked_for_and_not_there_is_not_exchanged_for_another(tmp_path: Path) -> None:
    write(tmp_path, "r41")
    with pytest.raises(WeightsError, match=r"there is no file .*vgg_r31\.pth"):
        FORMAT(tmp_path, ImportOptions(cut="relu3_1"))
    with pytest.raises(OptionError, match="no network at relu5_1; relu4_1 or relu3_1 is what it has"):
        FORMAT(tmp_path, ImportOptions(cut="relu5_1"))
    with pytest.raises(OptionError, match="no network at relu3_1; leave that option out"):
        IMPORT_FORMATS["sanet"](tmp_path, ImportOptions(cut="relu3_1"))


def test_a_folder_with_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"has neither r41\.pth nor r31\.pth; lst takes a folder with"):
        FORMAT(tmp_path)


@pytest.mark.parametrize("same", [True, False])
def test_the_loss_network_beside_them_is_compared_and_named(tmp_path: Path, same: bool) -> None:
    write(tmp_path, "r41")
    deeper = encoder("r51")
    deeper["conv3.bias"] = deeper["conv3.bias"] + (0.0 if same else 1.0)
    torch.save(deeper, tmp_path / "vgg_r51.pth")
    (note,) = FORMAT(tmp_path).source.notes
    assert ("with the same weights" in note, "has other weights" in note) == (same, not same)
    judge = IMPORT_FORMATS["lst-loss-network"](tmp_path / "vgg_r51.pth")
    assert (judge.card.name, judge.config.model_dump()["cut"], judge.config.model_dump()["widths"]) == (
        "vgg-encoder",
        "relu5_1",
        WIDTHS,
    )
    assert torch.equal(judge.network.state_dict()["layers.conv5_1.bias"], deeper["conv14.bias"])


def test_a_damaged_loss_network_is_not_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "r41")
    (tmp_path / "vgg_r51.pth").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"vgg_r51\.pth is empty"):
        FORMAT(tmp_path)


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        (transform(4), "snet.convs.0 has a weight of shape"),
        (transform(8) | {"cnet.fc.weight": torch.zeros(4, 4)}, r"content\.linear\.weight of shape \(4, 4\)"),
        (transform(8) | {"unzip.bias": torch.full((8,), torch.nan)}, "NaN or infinite values in transform.expand.bias"),
        (transform(8) | {"gamma": torch.zeros(1)}, "unexpected tensors"),
        ({name: tensor for name, tensor in transform(8).items() if name != "compress.bias"}, "has no tensor 'compress.bias'"),
    ],
    ids=["of the other layer", "another size", "not finite", "a key too many", "a key missing"],
)
def test_a_transformation_that_does_not_fit_is_refused(tmp_path: Path, spoiled: dict[str, Tensor], reason: str) -> None:
    write(tmp_path, "r41")
    torch.save(spoiled, tmp_path / "r41.pth")
    with pytest.raises(WeightsError, match=reason):
        FORMAT(tmp_path)


def test_a_decoder_of_the_other_layer_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "r31", "r41")
    (tmp_path / "dec_r31.pth").rename(tmp_path / "dec_r41.pth")
    with pytest.raises(WeightsError, match=r"dec_r41\.pth"):
        FORMAT(tmp_path)
