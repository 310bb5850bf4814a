"""The losses of the reference codes on their first batch, their gradients, and three steps of Adam."""

from pathlib import Path

import pytest
import torch

from golden import TOLERANCE, judge, numbers, picture, remade
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.training.catalog import NETWORK_METHODS

# The golden set, the import format, the method, and our names of the reference's terms.
IDENTITIES = {"content": "content", "style": "style", "identity1": "identity.pixels", "identity2": "identity.features"}
TRAINED = [
    ("sanet", "sanet", IDENTITIES),
    ("mccnet", "mccnet", IDENTITIES | {"noise": "illumination", "tv": "variation"}),
]


@pytest.mark.parametrize(("golden", "form", "names"), TRAINED)
def test_losses_and_steps_are_those_of_the_reference(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: str, form: str, names: dict[str, str]
) -> None:
    expected = numbers(shared, golden)
    method = NETWORK_METHODS[form]
    with remade(shared, tmp_path, golden, form) as pretrained:
        network = pretrained.network
    assert isinstance(network, SteppedNetwork)
    objective = method.objective(network, judge(shared, tmp_path), method.settings(), False)
    if "train.noise" in expected:
        monkeypatch.setattr(objective, "noise", lambda _: torch.from_numpy(expected["train.noise"]))
    batch = {role: picture(expected[f"train.{role}_u8"]) for role in ("content", "style")}
    learning = [parameter for parameter in objective.trained.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(learning, lr=1e-4)
    for step in range(len(expected["train.steps.total"])):
        for group in optimizer.param_groups:
            group["lr"] = 1e-4 / (1 + 5e-5 * step)
        terms = objective(batch)
        total = torch.stack([objective.weights.get(name, 1.0) * term for name, term in terms.items()]).sum()
        close = TOLERANCE if step == 0 else 2e-2
        for theirs, ours in names.items():
            assert float(terms[ours].detach()) == pytest.approx(float(expected[f"train.steps.{theirs}"][step]), rel=close), (
                step,
                ours,
            )
        assert float(total.detach()) == pytest.approx(float(expected["train.steps.total"][step]), rel=close)
        optimizer.zero_grad()
        total.backward()
        if step == 0:
            norms = sorted(float(parameter.grad.norm().detach()) for parameter in learning if parameter.grad is not None)
            # Layers that a reference holds and does not use have no gradient.
            expected_norms = sorted(norm for norm in expected["train.gradnorm"].tolist() if norm > 0)
            assert norms == pytest.approx(expected_norms, rel=1e-3, abs=1e-6)
        optimizer.step()
