"""The numbers of the reference codes, network by network: features, what layers take and give, and output."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from golden import TOLERANCE, deviation, numbers, picture, remade, thinned
from intaglio.models.style.stepped import SteppedNetwork

# Keys are small differences of features, divided by small deviations.
_LOOSE = {"key": 1e-3}
_DECODED = {"transform": ("decoder.conv4_1", slice(None))}


@dataclass(frozen=True)
class Reference:
    """A golden set with a network."""

    golden: str
    form: str
    """Import format."""
    taken: dict[str, tuple[str, slice]] = field(default_factory=lambda: dict(_DECODED))
    """By array: the layer of ours that takes it, and which of its channels are stored."""
    given: dict[str, str] = field(default_factory=dict)
    """By array: the module of ours that gives it."""


REFERENCES = [
    Reference("sanet", "sanet"),
    Reference(
        "lst_r41",
        "lst",
        given={
            "compressed": "transform.compress",
            "content_matrix": "transform.content.linear",
            "style_matrix": "transform.style.linear",
        },
    ),
    Reference("lst_r31", "lst", taken={"transform": ("decoder.conv3_1", slice(None))}),
    Reference("manet", "manet", taken={**_DECODED, "SSA": ("joint.value", slice(0, None, 2))}),
    Reference(
        "adaattn",
        "adaattn",
        taken={
            **_DECODED,
            **{
                f"key.{role}.relu{level}_1": (f"attention{level}.{layer}", slice(0, None, 16 if level < 4 else 8))
                for role, layer in (("content", "query"), ("style", "key"))
                for level in (3, 4, 5)
            },
            "adaattn_3": ("decoder.conv3_4", slice(256, None, 4)),
        },
    ),
    Reference("mccnet", "mccnet"),
]


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda one: one.golden)
def test_a_network_gives_the_numbers_of_its_reference(shared: Path, tmp_path: Path, reference: Reference) -> None:
    expected = numbers(shared, reference.golden)
    with remade(shared, tmp_path, reference.golden, reference.form) as pretrained, torch.inference_mode():
        network = pretrained.network
        assert isinstance(network, SteppedNetwork)
        content, style = picture(expected["content_u8"]), picture(expected["style_u8"])
        for role, image in (("content", content), ("style", style)):
            for one, features in network.maps(image).items():
                stored = expected.get(f"feat.{role}.{one.name}")
                if stored is not None and features.shape[2:] == stored.shape[2:]:
                    assert deviation(thinned(features, stored), stored) < TOLERANCE
        found = recorded(network, reference)
        assert deviation(network(content, style), expected["output"]) < TOLERANCE
        for array, features in found.items():
            loose = _LOOSE.get(array.partition(".")[0], TOLERANCE)
            assert deviation(like(features, expected[array]), expected[array]) < loose, array
        assert found.keys() == {*reference.taken, *reference.given}


def recorded(network: nn.Module, reference: Reference) -> dict[str, Tensor]:
    """Filled as the network runs."""
    found: dict[str, Tensor] = {}
    for array, (layer, channels) in reference.taken.items():
        network.get_submodule(layer).register_forward_pre_hook(
            lambda _, inputs, array=array, channels=channels: found.update({array: inputs[0][:, channels]})
        )
    for array, module in reference.given.items():
        network.get_submodule(module).register_forward_hook(lambda _, __, made, array=array: found.update({array: made}))
    return found


def like(features: Tensor, stored: np.ndarray) -> Tensor:
    """Thinned to the channels that are stored; attention takes a style's positions in one row."""
    return thinned(features, stored).reshape(stored.shape)
