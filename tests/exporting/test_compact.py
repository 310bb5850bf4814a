from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from intaglio.exporting.compact import compacted
from intaglio.exporting.constants import constant_by_weights, constant_on, convolutions
from intaglio.images.whole import read_whole
from intaglio.models.style.network import Cascade
from intaglio.models.style.vgg_codec import CodecConfig
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.stylize import stylize
from intaglio.vocabulary.errors import OptionError
from style_networks import STYLE_CARDS, pretrained

CASCADES = ("adain", "wct")


def layers(network: Pretrained) -> dict[str, nn.Conv2d]:
    assert isinstance(network.network, Cascade)
    return dict(convolutions(network.network))


def dulled(name: str, seed: int, share: float = 0.4) -> tuple[Pretrained, dict[str, int]]:
    """A network of which some filters never fire and others have one value, and how many of each layer say something."""
    network = pretrained(STYLE_CARDS[name])
    generator = torch.Generator().manual_seed(seed)
    alive = {}
    with torch.no_grad():
        for place, conv in list(layers(network).items()):
            if conv.out_channels == 3:
                continue
            dull = torch.rand(conv.out_channels, generator=generator) < share
            dull[0] = False
            conv.weight[dull] = 0
            conv.bias[dull] = torch.randn(int(dull.sum()), generator=generator)
            alive[place] = int((~dull).sum())
    return network, alive


def pair(seed: int, multiple: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.rand(1, 3, 4 * multiple, 5 * multiple, generator=generator) for _ in range(2))  # type: ignore[return-value]


@pytest.mark.parametrize("name", CASCADES)
@given(seed=st.integers(0, 1000))
@settings(max_examples=15)
def test_the_output_is_the_same_without_filters_that_have_no_weights(name: str, seed: int) -> None:
    network, alive = dulled(name, seed)
    assert isinstance(network.network, Cascade)
    made, removals = compacted(network, constant_by_weights(network.network))
    assert {one.name: one.after for one in removals} == alive
    assert {place: conv.out_channels for place, conv in layers(made).items() if place in alive} == alive
    content, style = pair(seed, network.card.size_multiple)
    for strength in (1.0, 0.4):
        torch.testing.assert_close(
            made.network(content, style, strength), network.network(content, style, strength), rtol=1e-4, atol=1e-4
        )


@pytest.mark.parametrize("name", CASCADES)
def test_a_smaller_network_comes_back_from_its_folder_and_runs_in_the_engine(name: str, tmp_path: Path) -> None:
    network, _ = dulled(name, 3)
    assert isinstance(network.network, Cascade)
    made, _ = compacted(network, constant_by_weights(network.network))
    save_pretrained(made, tmp_path / "small")
    small = from_pretrained(tmp_path / "small")
    assert small.digest() == made.digest()
    assert sum(one.numel() for one in small.network.parameters()) < sum(one.numel() for one in network.network.parameters())
    content, style = (torch.rand(1, 3, 70, 90) for _ in range(2))
    expected = stylize(content, style, model=network, device="cpu")
    torch.testing.assert_close(stylize(content, style, model=small, device="cpu"), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CASCADES)
def test_filters_that_never_fire_on_pictures_are_found(name: str) -> None:
    network = pretrained(STYLE_CARDS[name])
    assert isinstance(network.network, Cascade)
    conv = layers(network)["stages.0.decoder.conv2_1"]
    with torch.no_grad():
        conv.bias[1] = -1e6
    pairs = [pair(seed, network.card.size_multiple) for seed in range(3)]
    found = constant_on(network.network, pairs)
    assert float(found["stages.0.decoder.conv2_1"][1]) == 0
    made, _ = compacted(network, found)
    for content, style in pairs:
        torch.testing.assert_close(made.network(content, style), network.network(content, style), rtol=1e-4, atol=1e-4)
    assert not any(conv._forward_hooks for conv in layers(network).values())


def test_widths_are_rounded_up_with_channels_that_could_go() -> None:
    network, alive = dulled("adain", 5)
    assert isinstance(network.network, Cascade)
    made, removals = compacted(network, constant_by_weights(network.network), multiple=4)
    widths = {place: conv.out_channels for place, conv in layers(network).items()}
    assert {one.name: one.after for one in removals} == {
        place: min(widths[place], -(-count // 4) * 4) for place, count in alive.items()
    }
    content, style = pair(0, network.card.size_multiple)
    torch.testing.assert_close(made.network(content, style), network.network(content, style), rtol=1e-4, atol=1e-4)
    with pytest.raises(OptionError, match="widths cannot be multiples of 0"):
        compacted(network, {}, multiple=0)


def test_a_network_with_nothing_to_remove_keeps_its_configuration() -> None:
    network = pretrained(STYLE_CARDS["wct"])
    assert isinstance(network.network, Cascade)
    made, removals = compacted(network, constant_by_weights(network.network))
    assert (made.config, made.digest()) == (network.config, network.digest())
    assert all(one.after == one.before for one in removals)


def test_other_networks_are_refused() -> None:
    with pytest.raises(OptionError, match="sanet cannot be made smaller yet; WCT and AdaIN can"):
        compacted(pretrained(STYLE_CARDS["sanet"]), {})


@pytest.mark.parametrize("widths", [(4,), (4, 0)])
def test_widths_of_a_decoder_have_to_fit(widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a decoder of relu2_1 has 2 widths of at least 1"):
        CodecConfig(cut="relu2_1", widths=(4, 4, 8), decoder_widths=widths)


def test_the_published_networks_lose_the_channels_that_never_fire(shared: Path) -> None:
    """77 of 128 channels at relu4_1 and 29 of 128 at relu5_1 of the 16x encoders, with the same pictures."""
    network = IMPORT_FORMATS["collaborative-distillation-16x"](shared / "published" / "collaborative-distillation-16x")
    assert isinstance(network.network, Cascade)

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
