"""The losses of the reference codes on their first batch, their gradients, and three steps of Adam."""

from pathlib import Path

import pytest
import torch

from golden import TOLERANCE, loss_network, numbers, picture, remade
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.training.catalog import NETWORK_METHODS

IDENTITY = {"identity1": "identity.pixels", "identity2": "identity.features"}
# The golden set, the import format and method, and our names of the reference's terms.
TRAINED = [
    ("sanet", "sanet", {"content": "content", "style": "style"} | IDENTITY),
    ("manet", "manet", {"content_weighted": "content", "style_weighted": "style"} | IDENTITY),
]


@pytest.mark.parametrize(("golden", "form", "names"), TRAINED)
def test_losses_and_steps_are_those_of_the_reference(
    shared: Path, tmp_path: Path, golden: str, form: str, names: dict[str, str]
) -> None:
    expected = numbers(shared, golden)
    method = NETWORK_METHODS[form]
    with remade(shared, tmp_path, golden, form) as pretrained:
        network = pretrained.network
    assert isinstance(network, SteppedNetwork)
    objective = method.objective(network, loss_network(shared, tmp_path), method.settings(), False)
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
            found = float(terms[ours].detach()) * (objective.weights[ours] if theirs.endswith("_weighted") else 1.0)
            assert found == pytest.approx(float(expected[f"train.steps.{theirs}"][step]), rel=close), (step, ours)
        assert float(total.detach()) == pytest.approx(float(expected["train.steps.total"][step]), rel=close)
        optimizer.zero_grad()
        total.backward()
        if step == 0:
            norms = sorted(float(parameter.grad.norm().detach()) for parameter in learning if parameter.grad is not None)
            # What biases of keys get is rounding: they move all logits of a query alike.
            assert norms == pytest.approx(sorted(expected["train.gradnorm"].tolist()), rel=1e-3, abs=1e-4)
        optimizer.step()
