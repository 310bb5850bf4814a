"""The numbers of the reference codes, network by network: features, transform and output."""

from pathlib import Path

import pytest
import torch

from golden import TOLERANCE, deviation, numbers, picture, remade
from intaglio.models.style.stepped import SteppedNetwork

# The golden set, the import format, and every how many channels of relu1_1 .. relu5_1 are stored.
STEPPED = [("sanet", "sanet"), ("manet", "manet")]
STRIDES = {"relu1_1": 8, "relu2_1": 8, "relu3_1": 4, "relu4_1": 1, "relu5_1": 1}


@pytest.mark.parametrize(("golden", "form"), STEPPED)
def test_a_network_gives_the_numbers_of_its_reference(shared: Path, tmp_path: Path, golden: str, form: str) -> None:
    expected = numbers(shared, golden)
    with remade(shared, tmp_path, golden, form) as pretrained, torch.inference_mode():
        network = pretrained.network
        assert isinstance(network, SteppedNetwork)
        content, style = picture(expected["content_u8"]), picture(expected["style_u8"])
        for role, image in (("content", content), ("style", style)):
            for one, features in network.maps(image).items():
                stored = expected.get(f"feat.{role}.{one.name}")
                if stored is not None and features.shape[2:] == stored.shape[2:]:
                    assert deviation(features[:, :: STRIDES[one.name]], stored) < TOLERANCE
        assert deviation(network(content, style), expected["output"]) < TOLERANCE
