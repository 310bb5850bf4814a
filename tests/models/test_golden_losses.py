"""The losses of the reference codes on their first batch, their gradients, and three steps at the rates of their papers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from golden import TOLERANCE, judge, numbers, picture, remade
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.training.catalog import NETWORK_METHODS


@dataclass(frozen=True)
class Reference:
    """A golden set with losses."""

    golden: str
    method: str
    names: dict[str, str]
    """Our names of the reference's terms; "_weighted" ones are stored times their weight."""
    precision: torch.dtype = torch.float32
    """Of the steps; the terms of the first are compared in float32 always."""


_BOTH = {"content": "content", "style": "style"}
_WEIGHTED = {"content_weighted": "content", "style_weighted": "style"}
_IDENTITY = {"identity1": "identity.pixels", "identity2": "identity.features"}
REFERENCES = [
    Reference("sanet", "sanet", _BOTH | _IDENTITY),
    Reference("lst_r41", "lst", _WEIGHTED),
    Reference("lst_r31", "lst", _WEIGHTED),
    Reference("manet", "manet", _WEIGHTED | _IDENTITY),
    # In float32 it depends on the processor which of two nearly equal features a pool of the loss network takes, and with that
    # 3 % of the third step.
    Reference("adaattn", "adaattn", {"global_weighted": "style", "local_weighted": "local"}, torch.float64),
    Reference("mccnet", "mccnet", _BOTH | _IDENTITY | {"noise": "illumination", "tv": "variation"}),
]


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda one: one.golden)
def test_losses_and_steps_are_those_of_the_reference(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: Reference
) -> None:
    expected = numbers(shared, reference.golden)
    method = NETWORK_METHODS[reference.method]
    with remade(shared, tmp_path, reference.golden, reference.method) as pretrained:
        network = pretrained.network
    assert isinstance(network, SteppedNetwork)
    objective = method.objective(network, judge(shared, tmp_path), method.settings(), False)
    if "train.noise" in expected:
        monkeypatch.setattr(objective, "noise", lambda _: torch.from_numpy(expected["train.noise"]))
    batch = {role: picture(expected[f"train.{role}_u8"]) for role in ("content", "style")}
    if reference.precision != torch.float32:
        with torch.no_grad():
            compare(objective(batch), objective.weights, expected, reference, 0)
        objective.to(reference.precision)
        batch = {role: pictures.to(reference.precision) for role, pictures in batch.items()}
    learning = [parameter for parameter in objective.trained.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(learning, lr=method.training.learning_rate)
    for step in range(len(expected["train.steps.total"])):
        for group in optimizer.param_groups:
            group["lr"] = method.training.rate(step)
        total = compare(objective(batch), objective.weights, expected, reference, step)
        optimizer.zero_grad()
        total.backward()
        if step == 0:
            norms = sorted(float(parameter.grad.norm().detach()) for parameter in learning if parameter.grad is not None)
            # Layers that a reference holds and does not use have no gradient. What biases of keys get is rounding: they move
            # all logits of a query alike.
            stored = sorted(norm for norm in expected["train.gradnorm"].tolist() if norm > 0)
            assert norms == pytest.approx(stored, rel=1e-3, abs=1e-4)
        optimizer.step()


def compare(
    terms: Mapping[str, Tensor],
    weights: Mapping[str, float],
    expected: Mapping[str, np.ndarray],
    reference: Reference,
    step: int,
) -> Tensor:
    """The total, after it and its terms were found to be the reference's."""
    total = torch.stack([weights.get(name, 1.0) * term for name, term in terms.items()]).sum()
    close = TOLERANCE if step == 0 else 2e-2
    for theirs, ours in reference.names.items():
        found = float(terms[ours].detach()) * (weights[ours] if theirs.endswith("_weighted") else 1.0)
        assert found == pytest.approx(float(expected[f"train.steps.{theirs}"][step]), rel=close), (step, ours)
    assert float(total.detach()) == pytest.approx(float(expected["train.steps.total"][step]), rel=close)
    return total
