import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from dulled import assert_same, convolutions, dull_, example, pictures, silence_
from intaglio.exporting.compact import compacted
from intaglio.exporting.constants import constant_on
from intaglio.images.whole import read_whole
from intaglio.models.card import ModelCard
from intaglio.models.catalog import MODELS
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.pruning.mask import Mask
from intaglio.pruning.widths.channels import layers_of, matrix_of
from intaglio.pruning.widths.example import example_inputs
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.storage.pretrained import Pretrained
from intaglio.storage.ticket import Ticket
from intaglio.stylizing.stylize import stylize
from intaglio.vocabulary.errors import OptionError
from style_networks import FINISHED, STYLE_CARDS, pretrained

CASCADES = {"adain": STYLE_CARDS["adain"], "adain, finished": FINISHED, "wct": STYLE_CARDS["wct"]}


@pytest.mark.parametrize("name", list(MODELS))
@given(seed=st.integers(0, 1000), share=st.floats(0, 0.95))
@settings(max_examples=3)
def test_the_output_is_the_same_without_filters_that_have_no_weights(name: str, seed: int, share: float) -> None:
    network = example(name, seed)
    dull_(network.network, seed, share)
    made, removals = compacted(network)
    before, after = convolutions(network), convolutions(made)
    for one in removals:
        assert 1 <= one.after <= one.before
        if one.name in after:
            assert (before[one.name].out_channels, after[one.name].out_channels) == (one.before, one.after)
    assert_same(made, network, pictures(network, seed))


@pytest.mark.parametrize("name", list(MODELS))
def test_a_network_of_which_half_is_gone_becomes_smaller(name: str) -> None:
    network = example(name)
    dull_(network.network, 4, 0.6)
    if name not in STYLE_CARDS:
        silence_(network.network)
    made, removals = compacted(network)
    assert sum(one.before - one.after for one in removals) > 0
    assert sum(one.numel() for one in made.network.parameters()) < sum(one.numel() for one in network.network.parameters())
    assert_same(made, network, pictures(network, 1))


@pytest.mark.parametrize("name", CASCADES)
@given(seed=st.integers(0, 1000))
@settings(max_examples=3)
def test_in_a_chain_exactly_the_filters_without_weights_go(name: str, seed: int) -> None:
    network = pretrained(CASCADES[name])
    alive = dull_(network.network, seed, 0.4)
    made, removals = compacted(network)
    assert {one.name: one.after for one in removals} == {
        place: count for place, count in alive.items() if place in {one.name for one in removals}
    }
    content, style = pictures(network, seed)
    expected = network.network(content, style, strength=0.4)
    torch.testing.assert_close(made.network(content, style, strength=0.4), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", list(MODELS))
def test_channels_that_nobody_reads_go_too(name: str) -> None:
    """As after pruning of input channels: the filters that made them are as they were."""
    network = example(name)
    _, removals = compacted(network)
    assert all(one.after == one.before for one in removals)
    free = {one.name for one in removals}
    chained = {"adain": "stages.0.decoder.conv3_4", "convnet": "conv3", "vgg16": "features.3"}
    if name not in chained or (reader := layers_of(network.network)[chained[name]]) is None:
        assert free
        return
    with torch.no_grad():
        matrix_of(reader)[0, :, 1] = 0
    made, removals = compacted(network)
    assert sum(one.before - one.after for one in removals) == 1
    assert_same(made, network, pictures(network, 0))


@pytest.mark.parametrize("name", ["adain", "wct", "sanet"])
def test_a_smaller_network_comes_back_from_its_folder_and_runs_in_the_engine(name: str, tmp_path: Path) -> None:
    network = example(name)
    dull_(network.network, 3, 0.4)
    made, _ = compacted(network)
    save_pretrained(made, tmp_path / "small")
    small = from_pretrained(tmp_path / "small")
    assert small.digest() == made.digest()
    content, style = (torch.rand(1, 3, 70, 90) for _ in range(2))
    expected = stylize(content, style, model=network, device="cpu")
    torch.testing.assert_close(stylize(content, style, model=small, device="cpu"), expected, rtol=1e-4, atol=1e-4)


def test_a_smaller_network_loads_where_nothing_that_made_it_can_be_imported(tmp_path: Path) -> None:
    network = example("sanet")
    dull_(network.network, 3, 0.4)
    made, _ = compacted(network)
    save_pretrained(made, tmp_path / "small")
    program = """
import json, sys
for name in ("torch_pruning", "intaglio.exporting", "intaglio.pruning.structured", "pickle"):
    if name != "pickle":
        sys.modules[name] = None
from intaglio.storage.artifact import from_pretrained
network = from_pretrained(sys.argv[1])
print(json.dumps(network.digest()))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "small")], capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(done.stdout) == made.digest()
    assert sorted(path.name for path in (tmp_path / "small").iterdir()) == ["README.md", "config.json", "model.safetensors"]


@pytest.mark.parametrize("name", CASCADES)
def test_filters_that_never_fire_on_pictures_are_found(name: str) -> None:
    network = pretrained(CASCADES[name])
    conv = convolutions(network)["stages.0.decoder.conv2_1"]
    with torch.no_grad():
        assert conv.bias is not None
        conv.bias[1] = -1e6
    pairs = [pictures(network, seed) for seed in range(3)]
    found = constant_on(network.network, pairs)
    assert float(found["stages.0.decoder.conv1_2"][1]) == 0
    made, removals = compacted(network, found)
    gone = {one.name: one.before - one.after for one in removals}
    assert gone["stages.0.decoder.conv2_1"] == int((~found["stages.0.decoder.conv1_2"].isnan()).sum())
    for taken in pairs:
        torch.testing.assert_close(made.network(*taken), network.network(*taken), rtol=1e-4, atol=1e-4)
    assert not any(layer._forward_pre_hooks for layer in convolutions(network).values())


@pytest.mark.parametrize("multiple", [4, 8])
def test_widths_are_rounded_up_with_channels_that_could_go(multiple: int) -> None:
    network = example("adain")
    alive = dull_(network.network, 5, 0.6)
    made, removals = compacted(network, multiple=multiple)
    for one in removals:
        assert one.after == min(one.before, -(-alive[one.name] // multiple) * multiple)
    assert_same(made, network, pictures(network, 0))
    with pytest.raises(OptionError, match="widths cannot be multiples of 0"):
        compacted(network, multiple=0)


def test_a_border_of_zeros_keeps_a_channel_of_another_value() -> None:
    network = example("convnet")
    layer = layers_of(network.network)["conv2"]
    with torch.no_grad():
        assert layer.bias is not None
        layer.weight[1:3] = 0
        layer.bias[1], layer.bias[2] = 0.7, -0.7
    made, removals = compacted(network)
    assert {one.name: one.before - one.after for one in removals}["conv2"] == 1
    assert_same(made, network, pictures(network, 0))


def test_what_a_removal_leaves_without_a_reader_goes_as_well() -> None:
    network = example("vgg16")
    layers = layers_of(network.network)
    with torch.no_grad():
        for place in ("features.3", "features.4", "features.7", "features.8"):
            layer = layers[place]
            assert layer.bias is not None
            layer.bias.zero_()
            if isinstance(layer, nn.BatchNorm2d) and layer.running_mean is not None:
                layer.running_mean.zero_()
        # The third layer has one filter with weights, and nobody reads that: so the fourth has nothing but zeros to read.
        layers["features.3"].weight[1:] = 0
        layers["features.7"].weight[:, 0] = 0
    made, removals = compacted(network)
    left = {one.name: one.after for one in removals}
    assert (left["features.3"], left["features.7"]) == (1, 1)
    assert_same(made, network, pictures(network, 0))


def test_a_network_with_nothing_to_remove_keeps_its_configuration() -> None:
    network = pretrained(STYLE_CARDS["wct"])
    made, removals = compacted(network)
    assert (made.config, made.digest()) == (network.config, network.digest())
    assert all(one.after == one.before for one in removals)


def test_a_ticket_becomes_a_dense_network() -> None:
    network = example("adain")
    dull_(network.network, 2, 0.5)
    weights = {name: one for name, one in network.network.named_parameters() if one.dim() > 1}
    ticket = Ticket(mask=Mask({name: one != 0 for name, one in weights.items()}))
    made, _ = compacted(Pretrained(card=network.card, config=network.config, network=network.network, ticket=ticket))
    assert made.ticket is None
    assert_same(made, network, pictures(network, 0))


def test_layers_that_share_a_weight_are_refused() -> None:
    network = example("resnet56")
    blocks = network.network.get_submodule("layer1")
    first, second = blocks.get_submodule("0.conv2"), blocks.get_submodule("1.conv2")
    second.weight = first.weight
    with pytest.raises(OptionError, match=r"layer1\.0\.conv2\.weight and layer1\.1\.conv2\.weight are one weight"):
        compacted(network)


def test_a_network_whose_widths_are_no_configuration_is_refused() -> None:
    card = MODELS["convnet"]
    bare = ModelCard(**{**vars(card), "narrowed": None})
    network = Pretrained(card=bare, config=card.example, network=card.build(card.example))
    with pytest.raises(OptionError, match="convnet cannot be made smaller: its configuration has no widths"):
        compacted(network)


@pytest.mark.parametrize("widths", [(4,), (4, 0)])
def test_widths_of_a_decoder_have_to_fit(widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a decoder of relu2_1 has 2 widths of at least 1"):
        CodecConfig(cut="relu2_1", widths=(4, 4, 8), decoder_widths=widths)


def test_the_example_is_small_and_the_same_every_time() -> None:
    content, style = drawn("sanet")
    assert content.shape == style.shape == (1, 3, 64, 64)
    (picture,) = drawn("convnet")
    assert picture.shape == (1, 3, 32, 32)
    assert torch.equal(picture, drawn("convnet")[0])


def drawn(name: str) -> tuple[Tensor, ...]:
    return example_inputs(MODELS[name], example(name).network)


def test_the_published_networks_lose_the_channels_that_never_fire(shared: Path) -> None:
    """77 of 128 channels at relu4_1 and 29 of 128 at relu5_1 of the 16x encoders, with the same pictures."""
    network = IMPORT_FORMATS["collaborative-distillation-16x"](shared / "published" / "collaborative-distillation-16x")

    def read(path: Path) -> torch.Tensor:
        return torch.from_numpy(read_whole(path, shorter_side=128)).permute(2, 0, 1)[None, :, :128, :128].float() / 255

    files = [sorted((shared / "data" / "test" / kind).iterdir()) for kind in ("content", "style")]
    pairs = [(read(content), read(style)) for content, style in zip(*(one[:12] for one in files), strict=True)]
    made, removals = compacted(network, constant_on(network.network, pairs[:8]))
    after = {one.name: (one.before, one.after) for one in removals}
    assert after["stages.0.encoder.layers.conv5_1"][1] <= 128 - 29
    assert after["stages.1.encoder.layers.conv4_1"][1] <= 128 - 77
    with torch.inference_mode():
        differences = [(made.network(*pair) - network.network(*pair)).abs().mean() for pair in pairs[8:]]
    assert max(map(float, differences)) < 1e-3
