"""The disentangling losses of MANet's reference; what its optimizer does is in `tests/models/test_golden_losses.py`."""

from pathlib import Path

import pytest
import torch

from golden import TOLERANCE, judge, numbers, picture, remade
from intaglio.models.style.manet import MANet
from intaglio.objectives.manet import MANetTraining
from intaglio.training.methods.manet import METHOD, MANetSettings


def test_disentangling_losses_are_those_of_the_reference(shared: Path, tmp_path: Path) -> None:
    expected = numbers(shared, "manet")
    with remade(shared, tmp_path, "manet", "manet") as pretrained:
        network = pretrained.network
    assert isinstance(network, MANet)
    objective = METHOD.objective(network, judge(shared, tmp_path), MANetSettings(gate=1e9), False)
    assert isinstance(objective, MANetTraining)
    with torch.inference_mode():
        # The reference's second batches and second operands are stored for reversed batches, of two: what rotating them gives.
        terms = objective({role: picture(expected[f"train.{role}_u8"]) for role in ("content", "style")})
    for role in ("content", "style"):
        assert float(terms[f"disentangle.{role}"]) == pytest.approx(
            float(expected[f"train.extra.dis_{role}_swapped"]), rel=TOLERANCE
        )
