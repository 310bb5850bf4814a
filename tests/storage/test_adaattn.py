from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from intaglio.models.style.adaattn import AdaAttN, AdaAttNConfig
from intaglio.models.style.vgg_codec import CONVOLUTIONS, CodecConfig
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.vocabulary.errors import WeightsError

FORMAT = IMPORT_FORMATS["adaattn"]
WIDTHS = (2, 2, 3, 3, 4, 4, 4, 5, 6, 6, 6, 6, 6)
VGG = (2, 5, 9, 12, 16, 19, 22, 25, 29, 32, 35, 38, 42)
BEYOND = (45, 48, 51)
# The decoder's layers from conv1_1 back to conv4_1, as those of the encoder run.
DECODER = (*(f"decoder_layer_2.{position}" for position in (24, 21, 17, 14, 10, 7, 4, 1)), "decoder_layer_1.1")
UNIT = {"f": "query", "g": "key", "h": "value"}


def named(layers: dict[str, nn.Module]) -> dict[str, Tensor]:
    return {f"{name}.{part}": tensor for name, layer in layers.items() for part, tensor in layer.state_dict().items()}


def write_narrow(folder: Path) -> AdaAttN:
    """The files of a small network as the reference would save them."""
    codec = CodecConfig(cut="relu5_1", widths=WIDTHS, pooling="ceil", decoder_relu=False)
    network = AdaAttN(AdaAttNConfig(encoder=codec))
    layers = network.encoder.layers
    vgg = {"0": layers.conv0}
    vgg |= {str(key): layers.get_submodule(name) for key, name in zip(VGG, CONVOLUTIONS, strict=False)}
    vgg |= {str(key): nn.Conv2d(6, 6, 3) for key in BEYOND}
    decoder = {key: network.decoder.get_submodule(name) for key, name in zip(DECODER, CONVOLUTIONS, strict=False)}
    transformer = {"merge_conv": network.merge}
    for unit, prefix in ((network.attention4, "attn_adain_4_1"), (network.attention5, "attn_adain_5_1")):
        transformer |= {f"{prefix}.{theirs}": unit.get_submodule(ours) for theirs, ours in UNIT.items()}
    shallow = {theirs: network.attention3.get_submodule(ours) for theirs, ours in UNIT.items()}
    torch.save(named(vgg), folder / "vgg_normalised.pth")
    torch.save(named(decoder), folder / "latest_net_decoder.pth")
    torch.save(named(transformer), folder / "latest_net_transformer.pth")
    torch.save(named(shallow), folder / "latest_net_adaattn_3.pth")
    return network


def test_a_narrow_network_is_read_by_its_tensors(tmp_path: Path) -> None:
    expected = write_narrow(tmp_path).state_dict()
    imported = FORMAT(tmp_path)
    assert imported.config == AdaAttNConfig(
        encoder=CodecConfig(cut="relu5_1", widths=WIDTHS, pooling="ceil", decoder_relu=False)
    )
    found = imported.network.state_dict()
    assert list(found) == list(expected)
    assert all(torch.equal(found[key], expected[key]) for key in expected)
    assert [name for name, _ in imported.source.files] == sorted(
        (path.name for path in tmp_path.iterdir()), key=FORMAT.holds.index
    )


@pytest.mark.parametrize("name", ["vgg_normalised.pth", "latest_net_transformer.pth", "latest_net_decoder.pth"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    write_narrow(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(WeightsError, match=f"there is no file .*{name}"):
        FORMAT(tmp_path)


def test_a_network_without_the_skip_connection_is_refused_as_such(tmp_path: Path) -> None:
    write_narrow(tmp_path)
    path = tmp_path / "latest_net_decoder.pth"
    decoder = torch.load(path, weights_only=True)
    decoder["decoder_layer_2.1.weight"] = torch.zeros(4, 5, 3, 3)
    torch.save(decoder, path)
    with pytest.raises(
        WeightsError, match=r"decoder_layer_2\.1 .* does not take 9 channels; only networks with skip_connection_3"
    ):
        FORMAT(tmp_path)
    (tmp_path / "latest_net_adaattn_3.pth").unlink()
    with pytest.raises(WeightsError, match=r"no file .*latest_net_adaattn_3\.pth; only networks with skip_connection_3"):
        FORMAT(tmp_path)


@pytest.mark.parametrize(
    ("name", "unit", "own", "keys"),
    [("latest_net_adaattn_3.pth", "", 4, 9), ("latest_net_transformer.pth", "attn_adain_4_1.", 6, 15)],
)
def test_a_network_whose_keys_lack_the_shallow_layers_is_refused_as_such(
    tmp_path: Path, name: str, unit: str, own: int, keys: int
) -> None:
    write_narrow(tmp_path)
    state = torch.load(tmp_path / name, weights_only=True)
    for layer in ("f", "g"):
        state |= {f"{unit}{layer}.weight": torch.zeros(own, own, 1, 1), f"{unit}{layer}.bias": torch.zeros(own)}
    torch.save(state, tmp_path / name)
    with pytest.raises(WeightsError, match=f"{unit}f .* does not take {keys} channels; only networks with .* shallow_layer"):
        FORMAT(tmp_path)


def test_the_network_for_video_is_refused(tmp_path: Path) -> None:
    write_narrow(tmp_path)
    path = tmp_path / "latest_net_decoder.pth"
    state = torch.load(path, weights_only=True)
    torch.save({key.replace("decoder_layer_2", "decoder"): tensor for key, tensor in state.items()}, path)
    with pytest.raises(WeightsError, match="is a file of another network"):
        FORMAT(tmp_path)


def test_a_decoder_that_does_not_mirror_the_encoder_is_refused(tmp_path: Path) -> None:
    write_narrow(tmp_path)
    path = tmp_path / "latest_net_decoder.pth"
    state = torch.load(path, weights_only=True)
    state["decoder_layer_2.21.weight"], state["decoder_layer_2.21.bias"] = torch.zeros(7, 2, 3, 3), torch.zeros(7)
    state["decoder_layer_2.24.weight"] = torch.zeros(3, 7, 3, 3)
    torch.save(state, path)
    with pytest.raises(WeightsError, match="do not belong together"):
        FORMAT(tmp_path)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("latest_net_transformer.pth", "attn_adain_5_1.g.weight"),
        ("latest_net_transformer.pth", "merge_conv.bias"),
        ("latest_net_adaattn_3.pth", "h.weight"),
        ("latest_net_decoder.pth", "decoder_layer_1.1.weight"),
    ],
)
def test_a_tensor_that_is_missing_misshapen_or_not_finite_is_refused(tmp_path: Path, name: str, key: str) -> None:
    write_narrow(tmp_path)
    state = torch.load(tmp_path / name, weights_only=True)
    infected = state[key].clone()
    infected.flatten()[0] = torch.nan
    without = {other: tensor for other, tensor in state.items() if other != key}
    for spoiled in (without, state | {key: torch.zeros(7, 7, 1, 1)}, state | {key: infected}, state | {"extra": infected}):
        torch.save(spoiled, tmp_path / name)
        with pytest.raises(WeightsError):
            FORMAT(tmp_path)
