"""Tickets read to be run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from intaglio.models.catalog import MODELS
from intaglio.pruning.magnitude import global_magnitude
from intaglio.pruning.mask import Mask
from intaglio.pruning.packed import PackedConvolution
from intaglio.pruning.prunable import prunable
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.packed_network import to_run
from intaglio.storage.ticket import Ticket
from intaglio.stylizing.stylize import stylize
from intaglio.vocabulary.errors import WeightsError
from storage.edited import edit
from style_networks import pretrained

STYLE_NETWORKS = [name for name, card in MODELS.items() if card.family == "style"]


@pytest.fixture(params=["adain"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A ticket of 70 % on disk."""
    network = pretrained(MODELS[request.param])
    weights = prunable(network.card, network.network)
    mask = global_magnitude(weights, Mask.full(weights), 0.7, floor=0.01)
    mask.apply_(dict(network.network.named_parameters()))
    save_pretrained(replace(network, ticket=Ticket(mask=mask)), tmp_path / "ticket")
    return tmp_path / "ticket"


@pytest.mark.parametrize("folder", STYLE_NETWORKS, indirect=True)
@pytest.mark.parametrize("runtime", ["dense", "sparse"])
def test_it_makes_the_pictures_of_the_dense_network(folder: Path, runtime: str) -> None:
    generator = torch.Generator().manual_seed(0)
    content, style = torch.rand(1, 3, 48, 64, generator=generator), torch.rand(1, 3, 64, 48, generator=generator)
    packed, dense = to_run(folder), from_pretrained(folder)
    found, expected = (stylize(content, style, model=one, runtime=how) for one, how in ((packed, runtime), (dense, "dense")))
    assert (found - expected).abs().max() < 1e-4 * expected.abs().max()


def test_what_is_pruned_takes_no_memory(folder: Path) -> None:
    packed, dense = to_run(folder), from_pretrained(folder)
    convolutions = [one for one in packed.network.modules() if isinstance(one, PackedConvolution)]
    assert len(convolutions) >= 16
    held = sum(one.numel() * one.element_size() for one in packed.network.state_dict().values())
    assert held < 0.45 * sum(one.numel() * one.element_size() for one in dense.network.state_dict().values())
    assert packed.ticket is None
    assert packed.digest() == to_run(folder).digest() != dense.digest()


def test_a_layer_gives_its_dense_weights_to_those_who_ask(folder: Path) -> None:
    packed, dense = to_run(folder).network, from_pretrained(folder).network
    expected = dict(dense.named_modules())
    x = torch.rand(1, 4, 8, 8)
    for name, module in packed.named_modules():
        own = expected[name]
        if isinstance(module, PackedConvolution):
            assert isinstance(own, nn.Conv2d)
            assert torch.equal(module.weight, own.weight)
            if module.in_channels == 4:
                assert torch.equal(module(x), own(x))


def test_a_dense_network_is_read_as_ever(tmp_path: Path) -> None:
    before = pretrained(MODELS["adain"])
    save_pretrained(before, tmp_path / "net")
    assert to_run(tmp_path / "net").digest() == before.digest()


def shorten(kind: str) -> Callable[[dict[str, Tensor]], None]:
    def change(tensors: dict[str, Tensor]) -> None:
        key = next(key for key in tensors if key.startswith(f"{kind}."))
        tensors[key] = tensors[key][1:].clone()

    return change


def drop(kind: str) -> Callable[[dict[str, Tensor]], None]:
    def change(tensors: dict[str, Tensor]) -> None:
        tensors.pop(next(key for key in tensors if key.startswith(f"{kind}.")))

    return change


def spoil(tensors: dict[str, Tensor]) -> None:
    next(one for key, one in tensors.items() if key.startswith("kept."))[0] = torch.nan


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (shorten("kept"), r"has [\d,]+ weights for [\d,]+ places"),
        (shorten("mask"), r"has not the bytes of [\d,]+ weights"),
        (drop("kept"), r"masks, shapes and weights are of other tensors"),
        (drop("whole"), r"is of another network than config\.json says"),
        (spoil, r"has NaN or infinite values in"),
    ],
)
def test_damage_is_told(folder: Path, change: Callable[[dict[str, Tensor]], None], message: str) -> None:
    edit(folder, change)
    with pytest.raises(WeightsError, match=message):
        to_run(folder)


def test_an_exchanged_file_is_refused(folder: Path) -> None:
    path = folder / "ticket.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"is damaged or was exchanged"):
        to_run(folder)
