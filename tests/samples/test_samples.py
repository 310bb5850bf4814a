from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from intaglio.models.style.network import Stage
from intaglio.samples import CONTENT, ENGRAVING, LANDSCAPE, NETWORKS, PAINTING, WINDOW
from intaglio.storage.artifact import from_pretrained
from intaglio.stylizing.job import style_network

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


def test_the_network_is_small() -> None:
    assert sum(file.stat().st_size for file in NETWORKS["wct-16x"].iterdir()) < 1_500_000


def test_the_network_says_where_it_comes_from() -> None:
    source = from_pretrained("wct-16x").source
    assert source.license == "Apache-2.0"
    assert any("Collaborative Distillation" in note for note in source.notes)


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
