"""The numbers of the reference codes, network by network: features, what layers take, and output."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from golden import TOLERANCE, deviation, numbers, picture, remade
from intaglio.models.style.stepped import SteppedNetwork

# The golden set, the import format, and every how many channels of relu1_1 .. relu5_1 are stored.
STEPPED = [("sanet", "sanet"), ("adaattn", "adaattn")]
STRIDES = {"relu1_1": 8, "relu2_1": 8, "relu3_1": 4, "relu4_1": 1, "relu5_1": 1}
# By golden set and array: the layer of ours that takes it, and which of its channels are stored.
TAKEN = {
    "sanet": {"transform": ("decoder.conv4_1", slice(None))},
    "adaattn": {
        **{f"key.content.relu{level}_1": (f"attention{level}.query", slice(0, None, 16 if level < 4 else 8)) for level in (3, 4, 5)},
        **{f"key.style.relu{level}_1": (f"attention{level}.key", slice(0, None, 16 if level < 4 else 8)) for level in (3, 4, 5)},
        "adaattn_3": ("decoder.conv3_4", slice(256, None, 4)),
        "transform": ("decoder.conv4_1", slice(None)),
    },
}
# Keys are small differences of features, divided by small deviations.
LOOSE = {"key": 1e-3}


@pytest.mark.parametrize(("golden", "form"), STEPPED)
def test_a_network_gives_the_numbers_of_its_reference(shared: Path, tmp_path: Path, golden: str, form: str) -> None:
    expected = numbers(shared, golden)
    with remade(shared, tmp_path, golden, form) as pretrained, torch.inference_mode():
        network = pretrained.network
        assert isinstance(network, SteppedNetwork)
        content, style = picture(expected["content_u8"]), picture(expected["style_u8"])
        taken: dict[str, Tensor] = {}
        for layer in {layer for layer, _ in TAKEN[golden].values()}:
            network.get_submodule(layer).register_forward_pre_hook(lambda _, inputs, name=layer: taken.update({name: inputs[0]}))
        for role, image in (("content", content), ("style", style)):
            for one, features in network.maps(image).items():
                stored = expected.get(f"feat.{role}.{one.name}")
                if stored is not None and features.shape[2:] == stored.shape[2:]:
                    assert deviation(features[:, :: STRIDES[one.name]], stored) < TOLERANCE
        assert deviation(network(content, style), expected["output"]) < TOLERANCE
        for array, (layer, channels) in TAKEN[golden].items():
            # Attention takes a style's positions in one row.
            found = taken[layer][:, channels].reshape(expected[array].shape)
            assert deviation(found, expected[array]) < LOOSE.get(array.partition(".")[0], TOLERANCE), array
