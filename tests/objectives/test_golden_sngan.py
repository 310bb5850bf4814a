"""SNGAN's losses, gradients and steps are those of the reference code, with torch's Adam around our networks and loss."""

import copy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from golden import TOLERANCE, deviation, numbers
from golden_gans import LATER, assert_gradients, assert_norms, learning, pictures
from intaglio.objectives.adversarial.catalog import ADVERSARIAL_LOSSES


@pytest.fixture(scope="module")
def sngan(shared: Path) -> dict[str, np.ndarray]:
    return numbers(shared, "sngan")


@pytest.fixture(scope="module")
def players(
    shared: Path, sngan: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory
) -> tuple[nn.Module, nn.Module]:
    """Generator and discriminator, whose vectors five passes have settled."""
    folder = tmp_path_factory.mktemp("sngan")
    generator = learning(shared, folder, "sngan", "initial_gen_net.pth", "gan-lth-sngan-generator")
    discriminator = learning(shared, folder, "sngan", "initial_dis_net.pth", "gan-lth-sngan-discriminator")
    with torch.no_grad():
        for _ in range(5):
            discriminator(pictures(sngan["image_u8"]))
    return generator, discriminator


def test_one_iteration_of_sngan_without_updates(sngan: dict[str, np.ndarray], players: tuple[nn.Module, nn.Module]) -> None:
    generator, discriminator = copy.deepcopy(players)
    loss = ADVERSARIAL_LOSSES["hinge"]
    with torch.no_grad():
        real = discriminator(pictures(sngan["train.image_u8"][:4]))
        fake = discriminator(generator(torch.from_numpy(sngan["train.z.0"])))
        again = discriminator(generator(torch.from_numpy(sngan["train.z.1"])))
    assert deviation(real, sngan["train.extra.D_real_static"]) < TOLERANCE
    assert deviation(fake, sngan["train.extra.D_fake_static"]) < TOLERANCE
    assert float(loss.discriminator(real, fake)) == pytest.approx(float(sngan["train.extra.d_loss_static"]), rel=TOLERANCE)
    assert float(loss.generator(again)) == pytest.approx(float(sngan["train.extra.g_loss_static"]), rel=TOLERANCE)


def test_six_steps_of_sngan(sngan: dict[str, np.ndarray], players: tuple[nn.Module, nn.Module]) -> None:
    generator, discriminator = copy.deepcopy(players)
    loss = ADVERSARIAL_LOSSES["hinge"]
    optimizers = [torch.optim.Adam(one.parameters(), lr=2e-4, betas=(0.0, 0.9)) for one in (generator, discriminator)]
    initial = [one.detach().clone() for one in generator.parameters()]
    average = [one.clone() for one in initial]
    drawn: Iterator[Tensor] = (torch.from_numpy(sngan[f"train.z.{number}"]) for number in range(8))
    losses: dict[str, list[float]] = {"d_loss": [], "g_loss": []}
    for step in range(6):
        optimizers[1].zero_grad()
        real = discriminator(pictures(sngan["train.image_u8"][4 * step : 4 * step + 4]))
        fake = discriminator(generator(next(drawn)).detach())
        judged = loss.discriminator(real, fake)
        judged.backward()
        if not step:
            assert_gradients(discriminator, sngan["train.gradnorm.D"])
        optimizers[1].step()
        losses["d_loss"].append(float(judged.detach()))
        if step % 5:
            continue
        optimizers[0].zero_grad()
        made = loss.generator(discriminator(generator(next(drawn))))
        made.backward()
        if not step:
            assert_gradients(generator, sngan["train.gradnorm.G"])
        optimizers[0].step()
        losses["g_loss"].append(float(made.detach()))
        with torch.no_grad():
            for one, now in zip(average, generator.parameters(), strict=True):
                one.lerp_(now, 0.001)
    assert losses["d_loss"][0] == pytest.approx(float(sngan["train.loss.d_loss"]), rel=TOLERANCE)
    assert losses["d_loss"] == pytest.approx(sngan["train.steps.d_loss"].tolist(), rel=LATER)
    assert losses["g_loss"] == pytest.approx(sngan["train.steps.g_loss"].tolist(), rel=5e-2)
    moved = [float((one - before).norm()) for one, before in zip(average, initial, strict=True)]
    assert_norms(moved, sngan["train.ema_minus_initial.norm"], LATER)
    for part in ("running_mean", "running_var"):
        stored = sngan[f"train.G.final.b5.{part}"]
        assert deviation(generator.state_dict()[f"norm.{part}"], stored) < LATER
