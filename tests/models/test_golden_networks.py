"""The numbers of the reference codes, network by network: features, transform and output."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from golden import TOLERANCE, deviation, numbers, picture, remade, thinned
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.vgg_codec import Decoder

LST = {
    "compressed": "transform.compress",
    "content_matrix": "transform.content.linear",
    "style_matrix": "transform.style.linear",
}
# The golden set, the import format, and the modules whose results are stored.
STEPPED: list[tuple[str, str, dict[str, str]]] = [("sanet", "sanet", {}), ("lst_r41", "lst", LST), ("lst_r31", "lst", LST)]


@pytest.mark.parametrize(("golden", "form", "modules"), STEPPED)
def test_a_network_gives_the_numbers_of_its_reference(
    shared: Path, tmp_path: Path, golden: str, form: str, modules: dict[str, str]
) -> None:
    expected = numbers(shared, golden)
    with remade(shared, tmp_path, golden, form) as pretrained, torch.inference_mode():
        network = pretrained.network
        assert isinstance(network, SteppedNetwork)
        content, style = picture(expected["content_u8"]), picture(expected["style_u8"])
        for role, image in (("content", content), ("style", style)):
            for one, features in network.maps(image).items():
                stored = expected.get(f"feat.{role}.{one.name}")
                if stored is not None and features.shape[2:] == stored.shape[2:]:
                    assert deviation(thinned(features, stored), stored) < TOLERANCE
        found = record(network, modules)
        assert deviation(network(content, style), expected["output"]) < TOLERANCE
        assert found.keys() == {"transform", *modules}
        for name, features in found.items():
            assert deviation(thinned(features, expected[name]), expected[name]) < TOLERANCE, name


def record(network: nn.Module, modules: dict[str, str]) -> dict[str, Tensor]:
    """Filled as the network runs: what the modules gave, and what the decoder took, the "transform"."""
    found: dict[str, Tensor] = {}

    def keep(name: str, features: Tensor) -> None:
        assert name not in found, f"{name} was made twice"
        found[name] = features

    for name, module in modules.items():
        network.get_submodule(module).register_forward_hook(lambda _module, _given, made, name=name: keep(name, made))
    decoder = network.get_submodule("decoder")
    assert isinstance(decoder, Decoder)
    decoder[0].register_forward_pre_hook(lambda _module, given: keep("transform", given[0]))
    return found
