"""The losses of the reference codes on their first batch, their gradients, and three steps of Adam."""

from pathlib import Path

import pytest
import torch

from golden import TOLERANCE, numbers, picture, remade, remake
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.vgg_codec import Encoder
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.training.catalog import NETWORK_METHODS

SANET = {"content": "content", "style": "style", "identity1": "identity.pixels", "identity2": "identity.features"}
LST = {"content_weighted": "content", "style_weighted": "style"}
VGG = ("lst-loss-network", "vgg_r51.pth")
# The golden set, the import format and method, our names of the reference's terms, by what the learning rate decays a step, and
# import format and file of a loss network other than the encoder.
TRAINED = [
    ("sanet", "sanet", SANET, 5e-5, None),
    ("lst_r41", "lst", LST, 1e-5, VGG),
    ("lst_r31", "lst", LST, 1e-5, VGG),
]


@pytest.mark.parametrize(("golden", "form", "names", "decay", "judge"), TRAINED)
def test_losses_and_steps_are_those_of_the_reference(
    shared: Path, tmp_path: Path, golden: str, form: str, names: dict[str, str], decay: float, judge: tuple[str, str] | None
) -> None:
    expected = numbers(shared, golden)
    method = NETWORK_METHODS[form]
    with remade(shared, tmp_path, golden, form) as pretrained:
        network = pretrained.network
    assert isinstance(network, SteppedNetwork)
    judging = copy_of(network.encoder) if judge is None else loss_network(shared, tmp_path, golden, *judge)
    objective = method.objective(network, LossNetwork(judging), method.settings(), False)
    batch = {role: picture(expected[f"train.{role}_u8"]) for role in ("content", "style")}
    learning = [parameter for parameter in objective.trained.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(learning, lr=1e-4)
    for step in range(len(expected["train.steps.total"])):
        for group in optimizer.param_groups:
            group["lr"] = 1e-4 / (1 + decay * step)
        terms = objective(batch)
        total = torch.stack([objective.weights.get(name, 1.0) * term for name, term in terms.items()]).sum()
        close = TOLERANCE if step == 0 else 2e-2
        for theirs, ours in names.items():
            weight = objective.weights[ours] if theirs.endswith("_weighted") else 1.0
            stored = float(expected[f"train.steps.{theirs}"][step])
            assert weight * float(terms[ours].detach()) == pytest.approx(stored, rel=close), (step, ours)
        assert float(total.detach()) == pytest.approx(float(expected["train.steps.total"][step]), rel=close)
        optimizer.zero_grad()
        total.backward()
        if step == 0:
            norms = sorted(float(parameter.grad.norm().detach()) for parameter in learning if parameter.grad is not None)
            assert norms == pytest.approx(sorted(expected["train.gradnorm"].tolist()), rel=1e-3, abs=1e-6)
        optimizer.step()


def copy_of(encoder: Encoder) -> Encoder:
    copied = Encoder(encoder.config)
    copied.load_state_dict(encoder.state_dict())
    return copied


def loss_network(shared: Path, folder: Path, golden: str, form: str, file: str) -> Encoder:
    remake(shared, folder, golden, only=file)
    network = IMPORT_FORMATS[form](folder / file).network
    (folder / file).unlink()
    assert isinstance(network, Encoder)
    return network
