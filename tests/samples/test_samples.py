from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from intaglio.models.gan.networks import Generator
from intaglio.models.gan.sampling import sampled
from intaglio.models.style.network import Stage
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.vgg_codec import VGG19_WIDTHS, CodecConfig
from intaglio.samples import ARTIFACTS, BY_KIND, CONTENT, ENGRAVING, GANS, LANDSCAPE, NETWORKS, PAINTING, STARTS, WINDOW
from intaglio.storage.artifact import from_pretrained
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.storage.loss_network import read_loss_network
from intaglio.stylizing.job import style_network
from intaglio.training.grid import Pair
from intaglio.training.judge import Judge

STAGES = style_network(from_pretrained("wct-16x")).cascade()


def picture(path: Path) -> torch.Tensor:
    """(1, 3, H, W) in [0, 1]."""
    with Image.open(path) as opened:
        return torch.from_numpy(np.array(opened)).permute(2, 0, 1)[None] / 255


@pytest.mark.parametrize("path", [CONTENT, PAINTING, ENGRAVING, WINDOW], ids=lambda path: path.stem)
def test_the_sample_pictures_are_small(path: Path) -> None:
    assert path.stat().st_size < 250_000
    assert picture(path).shape == (1, 3, 512, 768)


def test_the_photo_has_several_megapixels_and_is_what_the_small_one_shows() -> None:
    large, shown = picture(LANDSCAPE), picture(CONTENT)
    assert large.shape == (1, 3, 2048, 3072)
    assert (torch.nn.functional.avg_pool2d(large, 4) - shown).abs().mean() < 0.02


def test_all_pictures_together_are_small() -> None:
    assert LANDSCAPE.stat().st_size < 1_600_000
    assert sum(path.stat().st_size for path in LANDSCAPE.parent.glob("*.jpg")) < 3_000_000


@pytest.mark.parametrize("name", NETWORKS)
def test_the_networks_are_there(name: str) -> None:
    assert from_pretrained(NETWORKS[name]).card.family == "style"


def test_the_networks_are_small() -> None:
    sizes = {name: sum(file.stat().st_size for file in folder.iterdir()) for name, folder in ARTIFACTS.items()}
    whole = {name for name in NETWORKS if isinstance(from_pretrained(name).network, SteppedNetwork)}
    assert all(sizes[name] < 3_000_000 for name in whole)
    assert sum(size for name, size in sizes.items() if name not in whole) < 12_000_000


@pytest.mark.parametrize("name", BY_KIND)
def test_a_network_is_found_by_its_kind(name: str) -> None:
    found = from_pretrained(name)
    assert found.card.name == from_pretrained(STARTS[name]).card.name == name
    assert found.digest() == from_pretrained(f"{name}-16x").digest()


def test_adain_has_colors_that_one_stage_does_not_hold() -> None:
    judge = Judge(read_loss_network("loss-network"), 192)
    errors: dict[str, list[float]] = {}
    for name in ("wct-16x", "adain-16x", "adain-plain-16x"):
        network = from_pretrained(name).network
        for style in (PAINTING, ENGRAVING, WINDOW):
            with torch.inference_mode():
                stylized = network(judge.read(CONTENT), judge.read(style)).clamp(0, 1)
            errors.setdefault(name, []).append(judge.measure(Pair(content=CONTENT, style=style), stylized)["style_error"])
    best, finished, plain = (sum(found) for found in errors.values())
    assert finished < 1.3 * best
    assert finished < 0.6 * plain


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_takes_over_the_style_and_keeps_the_content(name: str) -> None:
    judge = Judge(read_loss_network("loss-network"), 192)
    network = from_pretrained(name).network
    for style in (PAINTING, ENGRAVING, WINDOW):
        content, pair = judge.read(CONTENT), Pair(content=CONTENT, style=style)
        with torch.inference_mode():
            stylized = network(content, judge.read(style)).clamp(0, 1)
        before, after, mirrored = (judge.measure(pair, one) for one in (content, stylized, stylized.flip(3)))
        assert after["style_error"] < 0.5 * before["style_error"], style.name
        assert after["content_distance"] < 0.9 * mirrored["content_distance"], style.name


@pytest.mark.parametrize("name", ARTIFACTS)
def test_the_networks_say_where_they_come_from(name: str) -> None:
    source = from_pretrained(name).source
    assert source.license == "Apache-2.0"
    assert source.commands == ("make models",)
    assert any(note.startswith("Data: ") for note in source.notes)
    if name in GANS:
        assert any("from random weights" in note for note in source.notes)
    else:
        assert source.parents
        assert any("Collaborative Distillation" in note for note in source.notes)


def test_the_generator_makes_pictures_like_photos_and_no_two_alike() -> None:
    generator = from_pretrained("sngan-cifar10").network
    assert isinstance(generator, Generator)
    made = torch.cat(list(sampled(generator, 64, seed=0)))
    whole, beside = made[..., :-1].flatten(), made[..., 1:].flatten()
    assert torch.corrcoef(torch.stack([whole, beside]))[0, 1] > 0.9  # 0.95 in photos of this size, 0 in noise
    assert 0.3 < made.mean() < 0.65
    assert 0.15 < made.std() < 0.35
    assert torch.pdist(made.flatten(1)).min() > 0.25 * torch.pdist(made.flatten(1)).mean()


def test_the_translator_paints_what_it_is_shown_and_leaves_no_spots() -> None:
    content = picture(CONTENT)
    with torch.inference_mode():
        painted = from_pretrained("cyclegan-painting").network(content * 2 - 1) / 2 + 0.5
    light, shown = (one.mean(1).flatten() for one in (painted, content))
    assert torch.corrcoef(torch.stack([light, shown]))[0, 1] > 0.7
    assert (painted - content).abs().mean() > 0.03
    assert (painted.amin(1) > 0.98).float().mean() < 0.01


def test_wct_has_the_five_stages_of_the_paper_at_a_quarter_of_vggs_channels() -> None:
    assert [stage.config.cut for stage in STAGES] == ["relu5_1", "relu4_1", "relu3_1", "relu2_1", "relu1_1"]
    for stage in STAGES[:-1]:
        assert stage.config.widths == tuple(width // 4 for width in VGG19_WIDTHS[: len(stage.config.widths)])


def filters(network: torch.nn.Module) -> set[tuple[float, ...]]:
    """Every filter of the 3x3 convolutions, in half precision."""
    layers = [layer for layer in network.modules() if isinstance(layer, torch.nn.Conv2d) and layer.kernel_size == (3, 3)]
    return {tuple(row.tolist()) for layer in layers for row in layer.weight.detach().half().flatten(1)}


def test_no_filter_of_the_published_networks_is_taken_over(shared: Path) -> None:
    folder = shared / "published" / "collaborative-distillation-16x"
    published = filters(IMPORT_FORMATS["collaborative-distillation-16x"](folder).network)
    for name in ARTIFACTS:
        ours = filters(from_pretrained(name).network)
        assert len(ours) > 300
        assert not ours & published


def test_the_loss_network_lifts_to_the_channels_of_vgg() -> None:
    config = from_pretrained("loss-network").config
    assert isinstance(config, CodecConfig)
    assert dict(config.embedded) == {"relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512, "relu5_1": 512}


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.config.cut)
@torch.inference_mode()
def test_no_channel_of_the_network_is_dead(stage: Stage) -> None:
    features = stage.encoder(picture(CONTENT))
    eigenvalues = torch.linalg.eigvalsh(torch.cov(features[0].flatten(1).double()))
    assert eigenvalues[0] > 1e-6 * eigenvalues[-1]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.config.cut)
@torch.inference_mode()
def test_a_stage_gives_the_picture_back_where_nothing_is_stylized(stage: Stage) -> None:
    content = picture(CONTENT)
    error = (stage.decoder(stage.encoder(content)).clamp(0, 1) - content).square().mean()
    assert error < 0.01
