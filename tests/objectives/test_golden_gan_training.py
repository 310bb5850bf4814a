"""The training of SNGAN and CycleGAN gives the losses of the reference code, in the loop and with its optimizers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from golden import TOLERANCE, numbers, picture
from golden_gans import learning, pictures
from intaglio.data.labelled import LabelledBatches, LabelledPictures
from intaglio.models.gan.networks import Discriminator, Generator
from intaglio.objectives import gan
from intaglio.objectives.adversarial.catalog import ADVERSARIAL_LOSSES
from intaglio.objectives.cyclegan import FIRST, SECOND, JudgesTraining, TranslatorsTraining
from intaglio.objectives.replay import ReplayBuffer
from intaglio.storage.checkpoint import Checkpoints
from intaglio.training.loop import train
from intaglio.training.objective import Game, Moment, Turn
from intaglio.training.spec import TrainingSpec


class InOrder(LabelledBatches):
    """Batches in the order of the pictures."""

    def _places(self, step: int) -> list[int]:
        return [step * self.batch_size + position for position in self.positions]


@pytest.mark.usefixtures("one_thread")
def test_a_step_of_sngan_in_the_loop(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = numbers(shared, "sngan")
    generator = learning(shared, tmp_path, "sngan", "initial_gen_net.pth", "gan-lth-sngan-generator")
    discriminator = learning(shared, tmp_path, "sngan", "initial_dis_net.pth", "gan-lth-sngan-discriminator")
    assert isinstance(generator, Generator)
    assert isinstance(discriminator, Discriminator)
    with torch.no_grad():
        for _ in range(5):
            discriminator(pictures(expected["image_u8"]))
    latents: Iterator[Tensor] = (torch.from_numpy(expected[f"train.z.{number}"]) for number in range(2))
    monkeypatch.setattr(gan, "drawn", lambda *_: (next(latents), None))
    losses = gan.GanLosses(adversarial=ADVERSARIAL_LOSSES["hinge"])
    judge = gan.DiscriminatorTraining(discriminator, generator, losses)
    # The reference passes real and made pictures one after the other, with a step of power iteration each.
    judge.joined = False
    maker = gan.GeneratorTraining(generator, discriminator, losses, 8)
    trained = nn.ModuleDict({"generator": generator, "discriminator": discriminator})
    turns = (Turn(name="discriminator", objective=judge), Turn(name="generator", objective=maker))
    images = torch.from_numpy(expected["train.image_u8"]).permute(0, 3, 1, 2)
    data = LabelledPictures(pictures=images, labels=torch.zeros(len(images), dtype=torch.int64), classes=("any",))
    spec = TrainingSpec(steps=1, batch_size=4, learning_rate=2e-4, betas=(0.0, 0.9))
    seen: list[Moment] = []
    train(
        Game(trained, turns, judge.show),
        lambda start, share: InOrder(data, 4, 0, start=start, share=share),
        spec,
        checkpoints=Checkpoints(tmp_path / "checkpoints", "golden"),
        hooks=[seen.append],
    )
    terms = seen[0].terms
    assert float(terms["discriminator.total"]) == pytest.approx(float(expected["train.loss.d_loss"]), rel=TOLERANCE)
    assert float(terms["generator.total"]) == pytest.approx(float(expected["train.loss.g_loss"]), rel=5e-2)


def test_both_turns_of_cyclegan(shared: Path, tmp_path: Path) -> None:
    expected = numbers(shared, "cyclegan")
    files = {SECOND: ("netG_A2B", "netD_B"), FIRST: ("netG_B2A", "netD_A")}
    networks = {
        kind: tuple(
            learning(shared, tmp_path, "cyclegan", f"{name}_seed_1.pth.tar", f"cyclegan-{role}")
            for name, role in zip(names, ("generator", "discriminator"), strict=True)
        )
        for kind, names in files.items()
    }
    to, judges = ({kind: pair[place] for kind, pair in networks.items()} for place in (0, 1))
    loss = ADVERSARIAL_LOSSES["least-squares"]
    translating = TranslatorsTraining(to, judges, loss, cycle=10.0, identity=5.0)  # type: ignore[arg-type]
    judging = JudgesTraining(judges, translating, {kind: ReplayBuffer(50, 64) for kind in to}, loss)  # type: ignore[arg-type]
    batch = {kind: picture(expected[f"train.{name}_u8"][0]) for kind, name in ((FIRST, "A"), (SECOND, "B"))}
    terms = translating(batch)
    total = sum(translating.weights.get(name, 1.0) * float(term.detach()) for name, term in terms.items())
    assert total == pytest.approx(float(expected["train.loss.loss_G"]), rel=TOLERANCE)
    judged = judging(batch)
    for kind, name in ((FIRST, "A"), (SECOND, "B")):
        stored = float(expected[f"train.loss.loss_D_{name}"])
        assert float(judged[f"adversarial.{kind}"].detach()) == pytest.approx(stored, rel=TOLERANCE)
