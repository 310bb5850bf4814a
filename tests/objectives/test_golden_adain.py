"""AdaIN's training equals the reference code's: terms, gradients and three steps, with its weights remade from their seeds."""

from pathlib import Path

import numpy as np
import pytest
import torch

from golden import adain
from intaglio.models.style.loss_network import LossNetwork
from intaglio.objectives.adain import AdaINLoss, AdaINTraining
from intaglio.training.spec import TrainingSpec

SPEC = TrainingSpec(steps=3, batch_size=2, schedule="inverse")


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, np.ndarray]:
    with np.load(shared / "golden" / "adain.npz") as arrays:
        return {name: arrays[name] for name in arrays.files if name.startswith("train.")}


@pytest.fixture(scope="module")
def steps(shared: Path, golden: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, float]]:
    """Terms of three steps, and of the first the gradients' norms."""
    (stage,) = adain(shared, tmp_path_factory.mktemp("adain")).cascade()
    stage.decoder.requires_grad_(True)
    objective = AdaINTraining(stage.encoder, stage.decoder, AdaINLoss(LossNetwork(stage.encoder)))
    batch = {name: torch.from_numpy(golden[f"train.{name}_u8"]).permute(0, 3, 1, 2) / 255 for name in ("content", "style")}
    optimizer = torch.optim.Adam(stage.decoder.parameters())
    found = []
    for step in range(SPEC.steps):
        for group in optimizer.param_groups:
            group["lr"] = SPEC.rate(step)
        terms = objective(batch)
        total = torch.stack([objective.weights.get(name, 1.0) * term for name, term in terms.items()]).sum()
        optimizer.zero_grad()
        total.backward()
        line = {"content": float(terms["content"].detach()), "total": float(total.detach())}
        line["style"] = sum(float(term.detach()) for name, term in terms.items() if name.startswith("style."))
        line |= {f"norm {name}": float(p.grad.norm()) for name, p in stage.decoder.named_parameters() if p.grad is not None}
        found.append(line)
        optimizer.step()
    return found


@pytest.mark.parametrize("term", ["content", "style", "total"])
def test_the_terms_of_the_first_step(steps: list[dict[str, float]], golden: dict[str, np.ndarray], term: str) -> None:
    assert steps[0][term] == pytest.approx(float(golden[f"train.loss.{term}"]), rel=1e-4)


@pytest.mark.parametrize("term", ["content", "style", "total"])
def test_the_terms_of_the_steps_after_it(steps: list[dict[str, float]], golden: dict[str, np.ndarray], term: str) -> None:
    assert [line[term] for line in steps] == pytest.approx(golden[f"train.steps.{term}"].tolist(), rel=2e-2)


def test_the_norms_of_the_gradients(steps: list[dict[str, float]], golden: dict[str, np.ndarray]) -> None:
    norms = [value for name, value in steps[0].items() if name.startswith("norm ")]
    expected = golden["train.gradnorm"]
    assert len(norms) == len(expected) == 18
    # The decoder's parameters stand in the order of the reference's: from the features to the picture, weight before bias.
    assert np.abs(np.array(norms) - expected).max() <= 1e-3 * expected.max()
