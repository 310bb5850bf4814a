"""CycleGAN's losses, gradients and steps are those of the reference code, with torch's Adam around our networks and losses."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from golden import TOLERANCE, deviation, numbers
from golden_gans import LATER, assert_gradients, learning, pictures
from intaglio.objectives.adversarial.catalog import ADVERSARIAL_LOSSES
from intaglio.objectives.adversarial.cycle import CYCLE_WEIGHTS, translated


@pytest.fixture(scope="module")
def cyclegan(shared: Path) -> dict[str, np.ndarray]:
    return numbers(shared, "cyclegan")


@pytest.fixture(scope="module")
def four(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, nn.Module]:
    folder = tmp_path_factory.mktemp("cyclegan")
    files = {"A2B": "netG_A2B", "B2A": "netG_B2A", "A": "netD_A", "B": "netD_B"}
    forms = {"netG": "cyclegan-generator", "netD": "cyclegan-discriminator"}
    return {
        name: learning(shared, folder, "cyclegan", f"{file}_seed_1.pth.tar", forms[file[:4]]) for name, file in files.items()
    }


def test_three_steps_of_cyclegan(cyclegan: dict[str, np.ndarray], four: dict[str, nn.Module]) -> None:
    loss = ADVERSARIAL_LOSSES["least-squares"]
    generators = nn.ModuleList([four["A2B"], four["B2A"]])
    optimizers = [torch.optim.Adam(one.parameters(), lr=2e-4, betas=(0.5, 0.999)) for one in (generators, four["A"], four["B"])]
    for step in range(3):
        first, second = (pictures(cyclegan[f"train.{kind}_u8"][step]) for kind in "AB")
        found = translated(first, second, four["A2B"], four["B2A"])
        terms = {name: CYCLE_WEIGHTS[name] * term for name, term in found.terms.items()}
        terms |= {"GAN_A2B": loss.generator(four["B"](found.second)), "GAN_B2A": loss.generator(four["A"](found.first))}
        total = torch.stack(list(terms.values())).sum()
        optimizers[0].zero_grad()
        total.backward()
        if not step:
            assert deviation(found.first, cyclegan["train.fake_A"]) < TOLERANCE
            assert deviation(found.second, cyclegan["train.fake_B"]) < TOLERANCE
            assert_gradients(generators, cyclegan["train.gradnorm.G"])
        optimizers[0].step()
        judged = {}
        for name, real, fake, optimizer in (
            ("A", first, found.first, optimizers[1]),
            ("B", second, found.second, optimizers[2]),
        ):
            optimizer.zero_grad()
            judged[f"D_{name}"] = loss.discriminator(four[name](real), four[name](fake.detach()))
            judged[f"D_{name}"].backward()
            if not step and name == "A":
                assert_gradients(four["A"], cyclegan["train.gradnorm.D_A"])
            optimizer.step()
        named = {"cycle.first": "cycle_ABA", "cycle.second": "cycle_BAB"}
        named |= {"identity.first": "identity_A", "identity.second": "identity_B"}
        for ours, term in {**terms, **judged, "G": total}.items():
            stored = float(cyclegan[f"train.steps.loss_{named.get(ours, ours)}"][step])
            assert float(term.detach()) == pytest.approx(stored, rel=LATER if step else TOLERANCE), (step, ours)
