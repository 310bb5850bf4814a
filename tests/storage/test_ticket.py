import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from intaglio.models.catalog import MODELS
from intaglio.models.style.sanet import SANetConfig
from intaglio.models.style.vgg_codec import VGG19_WIDTHS, CodecConfig
from intaglio.pruning.magnitude import global_magnitude
from intaglio.pruning.mask import Mask
from intaglio.pruning.prunable import prunable
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.manifest import weights_path
from intaglio.storage.pretrained import Pretrained
from intaglio.storage.ticket import Origin, Ticket
from intaglio.vocabulary.errors import SpecError, WeightsError
from storage.edited import edit
from style_networks import pretrained

ORIGIN = Origin(method="imp", study="0123456789abcdef", step="fedcba9876543210", round=10, rewound=0)


def ticket(network: Pretrained, sparsity: float = 0.7) -> Pretrained:
    weights = prunable(network.card, network.network)
    mask = global_magnitude(weights, Mask.full(weights), sparsity, floor=0.01)
    mask.apply_(dict(network.network.named_parameters()))
    return replace(network, ticket=Ticket(mask=mask, origin=ORIGIN))


@pytest.mark.parametrize("name", MODELS)
def test_a_ticket_comes_back_bit_for_bit_with_its_mask_and_origin(name: str, tmp_path: Path) -> None:
    card = MODELS[name]
    before = ticket(
        pretrained(card)
        if card.family == "style"
        else Pretrained(card=card, config=card.example, network=card.build(card.example))
    )
    save_pretrained(before, tmp_path / "ticket")
    assert sorted(path.name for path in (tmp_path / "ticket").iterdir()) == ["README.md", "config.json", "ticket.safetensors"]
    after = from_pretrained(tmp_path / "ticket")
    assert after.ticket == before.ticket
    assert after.digest() == before.digest()
    expected = before.network.state_dict()
    assert all(torch.equal(tensor, expected[key]) for key, tensor in after.network.state_dict().items())


def test_at_89_percent_the_file_is_a_seventh_of_the_dense_one(tmp_path: Path) -> None:
    card, widths = MODELS["sanet"], tuple(width // 4 for width in VGG19_WIDTHS[:13])
    config = SANetConfig(encoder=CodecConfig(cut="relu5_1", widths=widths, pooling="ceil", decoder_relu=False))
    torch.manual_seed(0)
    dense = Pretrained(card=card, config=config, network=card.build(config))
    save_pretrained(dense, tmp_path / "dense")
    made = ticket(dense, 1 - 0.8**10)
    save_pretrained(made, tmp_path / "ticket")
    assert made.ticket is not None
    assert made.ticket.mask.sparsity == pytest.approx(0.8926, abs=1e-4)
    sizes = [weights_path(tmp_path / name).stat().st_size for name in ("ticket", "dense")]
    assert sizes[0] <= 0.15 * sizes[1]
    save_pretrained(made, tmp_path / "half", half=True)
    assert weights_path(tmp_path / "half").stat().st_size < 0.65 * sizes[0]
    assert from_pretrained(tmp_path / "half").ticket == made.ticket


def test_a_dense_network_replaces_a_ticket_and_leaves_nothing_of_it(tmp_path: Path) -> None:
    made = ticket(pretrained(MODELS["adain"]))
    save_pretrained(made, tmp_path / "net")
    save_pretrained(replace(made, ticket=None), tmp_path / "net")
    assert sorted(path.name for path in (tmp_path / "net").iterdir()) == ["README.md", "config.json", "model.safetensors"]
    assert from_pretrained(tmp_path / "net").ticket is None
    assert "ticket" not in json.loads((tmp_path / "net" / "config.json").read_text())


def test_weights_that_are_pruned_and_not_zero_are_not_lost_silently(tmp_path: Path) -> None:
    made = ticket(pretrained(MODELS["adain"]))
    assert made.ticket is not None
    name = next(name for name, kept in made.ticket.mask.items() if not kept.all())
    dict(made.network.named_parameters())[name].data.fill_(1.0)
    with pytest.raises(WeightsError, match=f"{name} has weights that are pruned and not zero; apply the mask first"):
        save_pretrained(made, tmp_path / "net")
    assert not (tmp_path / "net").exists()


def drop(kind: str) -> Callable[[dict[str, Tensor]], None]:
    def change(tensors: dict[str, Tensor]) -> None:
        tensors.pop(next(key for key in tensors if key.startswith(f"{kind}.")))

    return change


def shorten(tensors: dict[str, Tensor]) -> None:
    key = next(key for key in tensors if key.startswith("kept."))
    tensors[key] = tensors[key][1:].clone()


def rename(tensors: dict[str, Tensor]) -> None:
    tensors["model.weight"] = torch.ones(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("mask"), "is damaged: masks and shapes are of other tensors; pack it again"),
        (drop("kept"), "is damaged: masks and weights are of other tensors; pack it again"),
        (drop("whole"), "lacks .*; it is not a network of this configuration"),
        (shorten, r"is damaged: .* has \d+ weights for \d+ places"),
        (rename, r"is not a ticket: it has model\.weight; pack it again"),
    ],
)
def test_damage_is_told(tmp_path: Path, change: Callable[[dict[str, Tensor]], None], message: str) -> None:
    save_pretrained(ticket(pretrained(MODELS["adain"])), tmp_path / "net")
    edit(tmp_path / "net", change)
    with pytest.raises(WeightsError, match=message):
        from_pretrained(tmp_path / "net")


def test_an_origin_of_unknown_fields_is_refused(tmp_path: Path) -> None:
    save_pretrained(ticket(pretrained(MODELS["adain"])), tmp_path / "net")
    path = tmp_path / "net" / "config.json"
    content = json.loads(path.read_text())
    content["ticket"]["winning"] = True
    path.write_text(json.dumps(content))
    with pytest.raises(SpecError, match="winning"):
        from_pretrained(tmp_path / "net")
