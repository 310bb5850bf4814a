"""Checkpoints of GAN-LTH, narrow ones, dense and as torch's pruning leaves them."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from intaglio.models.catalog import MODELS
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.vocabulary.errors import WeightsError

State = dict[str, Tensor]


def sngan_generator(blocks: int) -> dict[str, str]:
    """Layers of ours to those of the code."""
    parts = {"conv1": "c1", "conv2": "c2", "norm1": "b1", "norm2": "b2", "shortcut": "c_sc"}
    names = {f"blocks.{n}.{ours}": f"block{n + 2}.{theirs}" for n in range(blocks) for ours, theirs in parts.items()}
    return {**names, "linear": "l1", "norm": f"b{blocks + 2}", "last": f"c{blocks + 2}"}


def sngan_discriminator() -> dict[str, str]:
    parts = {"conv1": "c1", "conv2": "c2", "shortcut": "c_sc"}
    names = {f"blocks.{n}.{ours}": f"block{n + 1}.{theirs}" for n in range(4) for ours, theirs in parts.items()}
    return {**names, "head.score": "l5"}


def cyclegan_generator(blocks: int) -> dict[str, str]:
    names = {"first": 1, "first_norm": 2, "down1": 4, "down1_norm": 5, "down2": 7}
    places = {name: f"model.{place}" for name, place in names.items()}
    for n in range(blocks):
        block = f"model.{10 + n}.conv_block"
        places |= {f"blocks.{n}.{ours}": f"{block}.{theirs}" for ours, theirs in (("conv1", 1), ("norm1", 2), ("conv2", 5))}
    ends = {"up1": 10, "up1_norm": 11, "up2": 13, "up2_norm": 14, "last": 17}
    return places | {name: f"model.{place + blocks}" for name, place in ends.items()}


def cyclegan_discriminator() -> dict[str, str]:
    names = {"first": 0, "score": 11}
    names |= {f"convs.{n}": 2 + 3 * n for n in range(3)} | {f"norms.{n}": 3 + 3 * n for n in range(3)}
    return {name: f"model.{place}" for name, place in names.items()}


# By format: the network, its configuration, the names of its layers in the code.
FORMS: list[tuple[str, str, dict[str, Any], dict[str, str]]] = [
    ("gan-lth-sngan-generator", "resnet-generator", {"latent": 5, "width": 6, "blocks": 3}, sngan_generator(3)),
    (
        "gan-lth-sngan-generator",
        "resnet-generator",
        {"latent": 5, "width": 6, "blocks": 2, "bottom": 3, "hidden": (4, 5)},
        sngan_generator(2),
    ),
    ("gan-lth-sngan-discriminator", "resnet-discriminator", {"width": 4}, sngan_discriminator()),
    (
        "gan-lth-sngan-discriminator",
        "resnet-discriminator",
        {"width": 4, "hidden": (3, 4, 5, 4), "normalization": "none"},
        sngan_discriminator(),
    ),
    ("cyclegan-generator", "cyclegan-generator", {"width": 4, "blocks": 2}, cyclegan_generator(2)),
    (
        "cyclegan-generator",
        "cyclegan-generator",
        {"width": 4, "blocks": 1, "widths": (3, 5, 2, 6, 7), "affine": False},
        cyclegan_generator(1),
    ),
    ("cyclegan-discriminator", "patch-discriminator", {"widths": (2, 3, 4, 5)}, cyclegan_discriminator()),
    ("cyclegan-discriminator", "patch-discriminator", {"widths": (2, 3, 4, 5), "affine": False}, cyclegan_discriminator()),
]
every = pytest.mark.parametrize(("form", "model", "described", "layers"), FORMS)


def published(model: str, described: dict[str, Any], layers: dict[str, str]) -> tuple[nn.Module, State]:
    """A network of ours, and its state in the names of the code."""
    torch.manual_seed(0)
    card = MODELS[model]
    network = card.build(card.config.model_validate(described)).eval()
    state: State = {}
    for key, tensor in network.state_dict().items():
        layer, _, part = key.rpartition(".")
        spectral = f"{layer}.u" in network.state_dict()
        part = {"u": "weight_u", "v": "weight_v", "weight": "weight_orig" if spectral else "weight"}.get(part, part)
        state[f"{layers[layer]}.{part}"] = tensor.clone()
        if part == "running_mean":
            state[f"{layers[layer]}.num_batches_tracked"] = torch.tensor(7)
    return network, state


def pruned(state: State, suffix: str = "weight") -> tuple[State, dict[str, Tensor]]:
    """The same as torch's pruning has it, with values left under the masks; and the masks, by layer."""
    masks = {}
    for key in [key for key in state if key.endswith(f".{suffix}") and state[key].dim() == 4]:
        masks[key.removesuffix(f".{suffix}")] = mask = (torch.rand(state[key].shape) < 0.3).float()
        state[f"{key}_orig"], state[f"{key}_mask"] = state.pop(key), mask
    return state, masks


def given(network: nn.Module) -> tuple[Tensor, ...]:
    example = getattr(network, "example", None)
    return (torch.rand(1, 3, 32, 24),) if example is None else example(torch.Generator().manual_seed(1))


@every
def test_the_network_is_the_one_of_the_file(
    form: str, model: str, described: dict[str, Any], layers: dict[str, str], tmp_path: Path
) -> None:
    expected, state = published(model, described, layers)
    torch.save(state, tmp_path / "net.pth")
    made = IMPORT_FORMATS[form](tmp_path / "net.pth")
    assert made.card is MODELS[model]
    assert made.config == getattr(expected, "config", made.config)
    assert made.ticket is None
    taken = given(expected)
    assert torch.equal(made.network(*taken), expected(*taken))


@pytest.mark.parametrize(("form", "model", "described", "layers"), [FORMS[1], FORMS[2], FORMS[4]])
def test_a_pruned_network_becomes_a_ticket(
    form: str, model: str, described: dict[str, Any], layers: dict[str, str], tmp_path: Path
) -> None:
    dense, state = published(model, described, layers)
    state, masks = pruned(state, "weight_orig" if "block1.c1.weight_orig" in state else "weight")
    torch.save(state, tmp_path / "net.pth")
    made = IMPORT_FORMATS[form](tmp_path / "net.pth")
    assert made.ticket is not None
    theirs = {f"{ours}.weight": masks[place].bool() for ours, place in layers.items() if place in masks}
    assert made.ticket.mask.shapes() == {name: tuple(mask.shape) for name, mask in theirs.items()}
    assert all(torch.equal(made.ticket.mask[name], mask) for name, mask in theirs.items())
    weights, before = dict(made.network.named_parameters()), dict(dense.named_parameters())
    assert all(torch.equal(weights[name], before[name] * mask) for name, mask in theirs.items())
    save_pretrained(made, tmp_path / "ticket")
    assert from_pretrained(tmp_path / "ticket").digest() == made.digest()


@pytest.mark.parametrize(
    ("form", "key"), [("gan-lth-sngan-generator", "gen_state_dict"), ("gan-lth-sngan-discriminator", "dis_state_dict")]
)
def test_a_network_is_found_in_the_checkpoint_of_a_run(form: str, key: str, tmp_path: Path) -> None:
    _, model, described, layers = next(one for one in FORMS if one[0] == form)
    expected, state = published(model, described, layers)
    torch.save({"epoch": 3, "model": "sngan_cifar10", key: state, "best_fid": 15.7}, tmp_path / "checkpoint_3.pth")
    made = IMPORT_FORMATS[form](tmp_path / "checkpoint_3.pth")
    taken = given(expected)
    assert torch.equal(made.network(*taken), expected(*taken))
    assert made.source.files[0][0] == "checkpoint_3.pth"


def test_statistics_that_nothing_uses_are_dropped(tmp_path: Path) -> None:
    form, model, described, layers = FORMS[5]
    expected, state = published(model, described, layers)
    for part in ("running_mean", "running_var"):
        state[f"model.2.{part}"] = torch.ones(3)
    torch.save(state, tmp_path / "latest_net_G.pth")
    picture = torch.rand(1, 3, 32, 24)
    assert torch.equal(IMPORT_FORMATS[form](tmp_path / "latest_net_G.pth").network(picture), expected(picture))


@every
def test_files_of_other_networks_and_incomplete_ones_are_refused(
    form: str, model: str, described: dict[str, Any], layers: dict[str, str], tmp_path: Path
) -> None:
    _, state = published(model, described, layers)
    path = tmp_path / "net.pth"
    bias = next(key for key in state if key.endswith("bias"))
    for changed, message in (
        ({key: one for key, one in state.items() if key != bias}, "lacks"),
        (state | {"stranger.weight": torch.ones(1)}, r"has an unexpected tensor 'stranger\.weight'"),
        ({"features.0.weight": torch.ones(2, 3, 3, 3)}, "has no tensor .*; it is a file of another network, or incomplete"),
        (state | {bias: state[bias] * torch.nan}, "has NaN or infinite values"),
    ):
        torch.save(changed, path)
        with pytest.raises(WeightsError, match=message):
            IMPORT_FORMATS[form](path)


def test_masks_that_fit_nothing_are_refused(tmp_path: Path) -> None:
    form, model, described, layers = FORMS[0]
    state, _ = pruned(published(model, described, layers)[1])
    path = tmp_path / "net.pth"
    mask = "block2.c1.weight_mask"
    for changed in (
        {key: one for key, one in state.items() if key != "block2.c1.weight_orig"},
        state | {mask: state[mask][:, :1]},
        state | {mask: state[mask] * 0.5},
    ):
        torch.save(changed, path)
        with pytest.raises(WeightsError, match=r"block2\.c1\.weight_mask is no mask of a tensor block2\.c1\.weight_orig"):
            IMPORT_FORMATS[form](path)


def test_shapes_that_are_no_network_are_refused(tmp_path: Path) -> None:
    state = published(*FORMS[0][1:])[1]
    path = tmp_path / "net.pth"
    torch.save(state | {"l1.weight": torch.ones(7 * 6, 5)}, path)
    with pytest.raises(WeightsError, match=r"42 outputs of l1 are no square of 6 channels"):
        IMPORT_FORMATS["gan-lth-sngan-generator"](path)
    torch.save(state | {"l1.weight": torch.ones(4)}, path)
    with pytest.raises(WeightsError, match=r"has a tensor of shape \(4,\) as 'l1\.weight'"):
        IMPORT_FORMATS["gan-lth-sngan-generator"](path)
    odd = published(*FORMS[4][1:])[1]
    torch.save(odd | {"model.7.weight": torch.ones(6, 8, 3, 3)}, path)
    with pytest.raises(WeightsError, match=r"has 2 blocks of 6 channels; it is a file of another network"):
        IMPORT_FORMATS["cyclegan-generator"](path)
