"""Generators and discriminators give the numbers of the reference codes, layer by layer."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from golden import TOLERANCE, deviation, imported, numbers, thinned
from golden_gans import pictures

SNGAN = {"generator": "initial_gen_net.pth", "discriminator": "initial_dis_net.pth"}
# Positions in the reference's sequence, and the modules of ours whose output, before its activation, stands there.
CYCLEGAN = {
    3: "first_norm",
    6: "down1_norm",
    9: "down2_norm",
    21: "up1_norm",
    24: "up2_norm",
}
# Blocks are not modules that run; what the first and the last of them give, others are given.
BEHIND_BLOCKS = {10: "blocks.1.conv1", 18: "up1"}


def recorded(network: nn.Module, modules: list[str]) -> dict[str, Tensor]:
    """What modules give, filled as the network runs; the last run counts."""
    found: dict[str, Tensor] = {}
    for name in modules:
        network.get_submodule(name).register_forward_hook(lambda _, __, made, name=name: found.update({name: made.clone()}))
    return found


@torch.no_grad()
def test_sngan_s_generator(shared: Path, tmp_path: Path) -> None:
    expected = numbers(shared, "sngan")
    network = imported(shared, tmp_path, "sngan", SNGAN["generator"], "gan-lth-sngan-generator").network
    found = recorded(network, ["linear", *(f"blocks.{number}" for number in range(3))])
    latents = torch.from_numpy(expected["z"])
    assert deviation(network(latents), expected["G.eval.output"]) < TOLERANCE
    assert deviation(thinned(found["linear"], expected["G.eval.l1"]), expected["G.eval.l1"]) < TOLERANCE
    for number in range(3):
        stored = expected[f"G.eval.block{number + 2}"]
        assert deviation(thinned(found[f"blocks.{number}"], stored), stored) < TOLERANCE
    assert deviation(network.train()(latents), expected["G.train.output"]) < TOLERANCE
    names = {"b5": "norm"}
    names |= {f"block{number + 2}.b{norm}": f"blocks.{number}.norm{norm}" for number in range(3) for norm in (1, 2)}
    state = network.state_dict()
    for theirs, ours in names.items():
        for part in ("running_mean", "running_var"):
            stored = expected[f"G.after_train_forward.{theirs}.{part}"]
            assert deviation(state[f"{ours}.{part}"], stored) < TOLERANCE, (theirs, part)


@torch.no_grad()
def test_sngan_s_discriminator_and_its_vectors(shared: Path, tmp_path: Path) -> None:
    expected = numbers(shared, "sngan")
    network = imported(shared, tmp_path, "sngan", SNGAN["discriminator"], "gan-lth-sngan-discriminator").network.train()
    found = recorded(network, [f"blocks.{number}" for number in range(4)])
    images = pictures(expected["image_u8"])
    assert deviation(network(images), expected["D.train.output_1"]) < TOLERANCE
    for number in range(4):
        stored = expected[f"D.train.block{number + 1}"]
        assert deviation(thinned(found[f"blocks.{number}"], stored), stored) < TOLERANCE
    # The second pass of the reference stops before the score, whose vectors stay.
    score = network.get_submodule("head.score")
    kept = {name: tensor.clone() for name, tensor in score.state_dict().items()}
    network(images)
    assert deviation(torch.relu(found["blocks.3"]).sum((2, 3)), expected["D.train.features"]) < TOLERANCE
    score.load_state_dict(kept)
    for _ in range(2):
        network(images)
    assert deviation(network(images), expected["D.train.output_5"]) < TOLERANCE
    state = network.state_dict()
    parts = {"c1": "conv1", "c2": "conv2", "c_sc": "shortcut"}
    names = {"l5": "head.score"}
    names |= {f"block{number + 1}.{there}": f"blocks.{number}.{here}" for number in range(4) for there, here in parts.items()}
    compared = [name for name in expected if name.startswith("D.after_5_train_forwards.")]
    for name in compared:
        layer, _, vector = name.removeprefix("D.after_5_train_forwards.").rpartition(".")
        assert deviation(state[f"{names[layer]}.{vector[-1]}"], expected[name]) < TOLERANCE, name
    assert len(compared) == 2 * 11
    network.eval()
    for name in ("D.eval.output", "D.eval.output_again"):
        assert deviation(network(images), expected[name]) < TOLERANCE


@torch.no_grad()
@pytest.mark.parametrize(("file", "prefix"), [("netG_A2B_seed_1", "G.eval"), ("netG_A2B_seed_1_ori", "G_ori")])
def test_cyclegan_s_generator_with_learned_scales_and_without(shared: Path, tmp_path: Path, file: str, prefix: str) -> None:
    expected = numbers(shared, "cyclegan")
    network = imported(shared, tmp_path, "cyclegan", f"{file}.pth.tar", "cyclegan-generator").network
    found = recorded(network, list(CYCLEGAN.values()))
    for name in BEHIND_BLOCKS.values():
        network.get_submodule(name).register_forward_pre_hook(lambda _, maps, name=name: found.update({name: maps[0].clone()}))
    image = pictures(expected["image_u8"])
    assert deviation(network(image), expected[f"{prefix}.output"]) < TOLERANCE
    assert deviation(network.train()(image), expected[f"{prefix}.output"]) < TOLERANCE
    for place, module in (CYCLEGAN | BEHIND_BLOCKS).items():
        if (stored := expected.get(f"{prefix}.model.{place}")) is not None:
            made = torch.relu(found[module]) if place in CYCLEGAN else found[module]
            assert deviation(thinned(made, stored), stored) < TOLERANCE, place


@torch.no_grad()
def test_cyclegan_s_discriminator(shared: Path, tmp_path: Path) -> None:
    expected = numbers(shared, "cyclegan")
    network = imported(shared, tmp_path, "cyclegan", "netD_A_seed_1.pth.tar", "cyclegan-discriminator").network
    found = recorded(network, ["score"])
    for mode in (False, True):
        output = network.train(mode)(pictures(expected["image_u8"]))
        stored = "D.train" if mode else "D.eval"
        assert deviation(output[:, 0], expected[f"{stored}.output"]) < TOLERANCE
        assert deviation(found["score"], expected[f"{stored}.patch_map"]) < TOLERANCE
