"""GANs of every preset train, go on after a kill to the same bits, and refuse what cannot be learned from."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from data.small_classes import labelled
from data.training_pictures import filled
from images.pictures import noise, save
from intaglio.data.folder import PictureFolder
from intaglio.models.catalog import MODELS
from intaglio.objectives.adversarial.catalog import ADVERSARIAL_LOSSES
from intaglio.objectives.cyclegan import FIRST, SECOND
from intaglio.objectives.gan import DiscriminatorTraining, GanLosses
from intaglio.pruning.mask import Mask
from intaglio.pruning.prunable import prunable
from intaglio.storage.checkpoint import Checkpoints
from intaglio.storage.pretrained import Pretrained
from intaglio.storage.ticket import Ticket
from intaglio.training.gan.beginning import DISCRIMINATOR, GENERATOR, Beginning
from intaglio.training.gan.catalog import GANS
from intaglio.training.gan.collapse import CollapseWatch
from intaglio.training.gan.cycle import PARTS, REVERSE_GENERATOR, cycle_spec, refuse_unlike, train_cycle
from intaglio.training.gan.spec import GanSpec
from intaglio.training.gan.train import LAST, gan_spec, train_gan
from intaglio.training.log import read_log
from intaglio.training.objective import Game, Moment
from intaglio.training.run import Conduct
from intaglio.vocabulary.errors import InputError, JournalError, SpecError, TrainingError
from training.runs import Stop
from training.small_gans import FRESH, small_cycle, small_gan

OFTEN = Conduct(workers=1, save_every=2, log_every=1, show_every=2)
pytestmark = pytest.mark.usefixtures("one_thread")


def state(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def half(network: Pretrained) -> Mask:
    """A mask that keeps every other weight of the convolutions."""
    weights = prunable(network.card, network.network)
    return Mask({name: (torch.arange(weight.numel()) % 2 == 0).view(weight.shape) for name, weight in weights.items()})


def networks(spec: GanSpec, folder: Path, data: Any) -> dict[str, Pretrained]:
    """Those that a training begins with."""
    at_once = spec.model_copy(update={"training": spec.training.model_copy(update={"steps": 0})})
    return train_gan(at_once, FRESH, data, folder / "begun", OFTEN)


def test_presets_have_the_numbers_of_their_recipes(tmp_path: Path) -> None:
    data = labelled(classes=10, side=32)
    found = {name: gan_spec(name, data, {}, FRESH, "test") for name in GANS}
    assert {name: (spec.training.steps, spec.critic_steps) for name, spec in found.items()} == {
        "sngan": (50_000, 5),
        "dcgan": (200_000, 2),
        "ggan": (200_000, 2),
        **dict.fromkeys(("wgan-gp", "acgan", "projgan", "sagan"), (100_000, 5)),
    }
    sngan = found.pop("sngan")
    assert (sngan.training.betas, sngan.average, sngan.generator_batch, sngan.flip) == ((0.0, 0.9), 0.999, 128, False)
    for spec in found.values():
        assert (spec.training.betas, spec.average, spec.generator_batch, spec.flip) == ((0.5, 0.999), 0.0, 64, True)
    for spec in (sngan, *found.values()):
        assert (spec.training.learning_rate, spec.training.batch_size, spec.training.schedule) == (2e-4, 64, "constant")
    _, pictures = small_cycle(tmp_path)
    cycle = cycle_spec("cyclegan", pictures, {}, FRESH, "test")
    assert (cycle.cycle, cycle.identity, cycle.replay, cycle.crop.size, cycle.crop.to) == (10, 5, 50, 256, 286)
    assert [cycle.training.rate(step) for step in (0, 133_400, 200_100)] == pytest.approx([2e-4, 2e-4, 1e-4])
    assert (cycle.training.batch_size, cycle.training.betas) == (1, (0.5, 0.999))


@pytest.mark.parametrize("name", GANS)
def test_every_parameter_of_both_networks_moves(name: str, tmp_path: Path) -> None:
    spec, data = small_gan(name)
    begun, parts = networks(spec, tmp_path, data), train_gan(spec, FRESH, data, tmp_path / "run", OFTEN)
    for part in (GENERATOR, DISCRIMINATOR):
        before = dict(begun[part].network.named_parameters())
        still = [one for one, now in parts[part].network.named_parameters() if torch.equal(before[one], now)]
        assert still == [], part
        assert not any(one.requires_grad or one.isnan().any() for one in parts[part].network.parameters())
    assert (LAST in parts) == bool(spec.average)
    lines = read_log(tmp_path / "run" / "game" / "log.jsonl")
    assert [line["step"] for line in lines] == [1, 2, 3]
    assert {"discriminator.adversarial", "generator.adversarial"} <= lines[0].keys()
    assert len(list((tmp_path / "run" / "game" / "samples").iterdir())) == 2


def test_all_four_networks_of_cyclegan_move(tmp_path: Path) -> None:
    begun_spec, pictures = small_cycle(tmp_path, steps=0)
    begun = train_cycle(begun_spec, FRESH, pictures, tmp_path / "begun", OFTEN)
    spec, _ = small_cycle(tmp_path, steps=2)
    parts = train_cycle(spec, FRESH, pictures, tmp_path / "run", OFTEN)
    assert tuple(parts) == PARTS
    for part, made in parts.items():
        before = dict(begun[part].network.named_parameters())
        assert [one for one, now in made.network.named_parameters() if torch.equal(before[one], now)] == [], part
    assert not same(state(parts[GENERATOR].network), state(parts[REVERSE_GENERATOR].network))


def test_each_turn_gives_gradients_to_its_own_network_alone(tmp_path: Path) -> None:
    seen: list[Moment] = []
    spec, data = small_gan("sngan", steps=1)
    train_gan(spec, FRESH, data, tmp_path, OFTEN, [seen.append])
    game = seen[0].objective
    assert isinstance(game, Game)
    batch = {"pictures": torch.rand(3, 3, 8, 8), "labels": torch.zeros(3, dtype=torch.int64)}
    game.trained.requires_grad_(True).train()
    for turn, other in zip(game.turns, (GENERATOR, DISCRIMINATOR), strict=True):
        game.zero_grad()
        turn.objective(batch)["adversarial"].backward()
        assert all(one.grad is not None for one in turn.objective.trained.parameters())
        assert all(one.grad is None and one.requires_grad for one in game.trained.get_submodule(other).parameters())


@pytest.mark.parametrize(("stop_after", "name"), [(1, "sngan"), (3, "sngan"), (3, "wgan-gp"), (3, "acgan")])
def test_an_interrupted_gan_ends_with_the_same_bits(name: str, stop_after: int, tmp_path: Path) -> None:
    def stop(moment: Moment) -> None:
        if moment.step == stop_after:
            raise Stop

    spec, data = small_gan(name, steps=5)
    whole = train_gan(spec, FRESH, data, tmp_path / "whole", OFTEN)
    with pytest.raises(Stop):
        train_gan(spec, FRESH, data, tmp_path / "stopped", OFTEN, [stop])
    gone_on = train_gan(spec, FRESH, data, tmp_path / "stopped", OFTEN)
    assert whole.keys() == gone_on.keys()
    for part, made in whole.items():
        assert same(state(made.network), state(gone_on[part].network)), part
    kept = [
        Checkpoints(tmp_path / run / "game" / "checkpoints", f"{spec.digest()}:game").last() for run in ("whole", "stopped")
    ]
    assert kept[0] is not None
    assert kept[1] is not None
    assert same(kept[0].tensors, kept[1].tensors)
    kinds = {name.partition(".")[0] for name in kept[0].tensors}
    assert kinds == {"weights", "optimizer-discriminator", "optimizer-generator", "generator"}


KILLED = """
import os, signal, sys
from pathlib import Path
from intaglio.training.gan.train import train_gan
from training.small_gans import FRESH, small_gan
from training.test_gans import OFTEN

def step(moment):
    if moment.step == 3:
        os.kill(os.getpid(), signal.SIGKILL)

spec, data = small_gan("sngan", steps=5)
train_gan(spec, FRESH, data, Path(sys.argv[1]), OFTEN, [step])
"""


def test_a_gan_that_was_killed_by_signal_9_ends_with_the_same_bits(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", KILLED, str(tmp_path / "killed")]
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
    spec, data = small_gan("sngan", steps=5)
    whole, gone_on = (train_gan(spec, FRESH, data, tmp_path / run, OFTEN) for run in ("whole", "killed"))
    for part, made in whole.items():
        assert same(state(made.network), state(gone_on[part].network)), part


def test_an_interrupted_cyclegan_goes_on_with_its_replay(tmp_path: Path) -> None:
    def stop(moment: Moment) -> None:
        if moment.step == 5:
            raise Stop

    # A small buffer, so that pictures are exchanged before and after.
    spec, pictures = small_cycle(tmp_path, steps=7, replay=2)
    whole = train_cycle(spec, FRESH, pictures, tmp_path / "whole", OFTEN)
    with pytest.raises(Stop):
        train_cycle(spec, FRESH, pictures, tmp_path / "stopped", OFTEN, [stop])
    gone_on = train_cycle(spec, FRESH, pictures, tmp_path / "stopped", OFTEN)
    for part, made in whole.items():
        assert same(state(made.network), state(gone_on[part].network)), part


def test_masks_hold_and_what_was_given_stays(tmp_path: Path) -> None:
    spec, data = small_gan("sngan")
    begun = networks(spec, tmp_path, data)
    masks = {part: half(begun[part]) for part in (GENERATOR, DISCRIMINATOR)}
    ticket = replace(begun[DISCRIMINATOR], ticket=Ticket(mask=masks[DISCRIMINATOR]))
    beginning = Beginning(
        networks={GENERATOR: begun[GENERATOR], DISCRIMINATOR: ticket},
        masks={GENERATOR: masks[GENERATOR]},
        teacher=begun[DISCRIMINATOR],
    )
    spec, data = small_gan("sngan", beginning)
    assert spec.masks == {part: mask.digest() for part, mask in masks.items()}
    before = {part: state(made.network) for part, made in begun.items()}
    parts = train_gan(spec, beginning, data, tmp_path / "run", OFTEN)
    assert all(same(before[part], state(made.network)) for part, made in begun.items())
    for part, made in parts.items():
        mask = masks[DISCRIMINATOR if part == DISCRIMINATOR else GENERATOR]
        assert made.ticket is not None
        assert made.ticket.mask == mask
        for name, kept in mask.items():
            assert not bool(made.network.state_dict()[name][~kept].any()), (part, name)
    line = read_log(tmp_path / "run" / "game" / "log.jsonl")[-1]
    assert line["discriminator.distillation"] > 0
    total = line["discriminator.adversarial"] + line["discriminator.distillation"]
    assert line["discriminator.total"] == pytest.approx(total)


def test_the_generator_that_comes_out_is_the_average_on_the_last_buffers(tmp_path: Path) -> None:
    spec, data = small_gan("sngan", average=0.5, steps=2)
    seen: list[dict[str, Tensor]] = []
    begun = state(networks(spec, tmp_path, data)[LAST].network)
    parts = train_gan(
        spec, FRESH, data, tmp_path / "run", OFTEN, [lambda moment: seen.append(state(moment.objective.trained[GENERATOR]))]
    )
    made, last = state(parts[GENERATOR].network), state(parts[LAST].network)
    learned = {name for name, _ in parts[LAST].network.named_parameters()}
    for name in learned:
        assert torch.allclose(made[name], 0.25 * begun[name] + 0.25 * seen[0][name] + 0.5 * seen[1][name], atol=1e-6), name
    assert all(torch.equal(made[name], last[name]) for name in made.keys() - learned)
    assert "averages over training, with a decay of 0.5; buffers" in parts[GENERATOR].source.notes[1]


def test_networks_with_normalization_by_batches_judge_real_and_made_pictures_apart() -> None:
    for name, joined in (("spectral", True), ("batch", False), ("none", True)):
        card = MODELS["resnet-discriminator"]
        discriminator: Any = card.build(card.config.parse({"width": 4, "normalization": name}, where="test"))
        generator: Any = MODELS["resnet-generator"].build(MODELS["resnet-generator"].example)
        losses = GanLosses(adversarial=ADVERSARIAL_LOSSES["hinge"])
        assert DiscriminatorTraining(discriminator, generator, losses).joined is joined


def test_a_loss_that_is_not_finite_stops_with_turn_and_step(tmp_path: Path) -> None:
    def poison(moment: Moment) -> None:
        if moment.step == 2:
            with torch.no_grad():
                next(iter(moment.objective.trained[DISCRIMINATOR].parameters())).fill_(float("nan"))

    spec, data = small_gan("sngan")
    with pytest.raises(TrainingError, match=r"not finite at step 3 \(discriminator.adversarial = nan\) on the batch noise/"):
        train_gan(spec, FRESH, data, tmp_path, OFTEN, [poison])


def test_a_generator_that_gives_one_picture_is_told_once(tmp_path: Path) -> None:
    warnings: list[str] = []

    def silence(moment: Moment) -> None:
        with torch.no_grad():
            moment.objective.trained[GENERATOR].get_submodule("last").weight.zero_()

    spec, data = small_gan("dcgan", steps=3)
    train_gan(spec, FRESH, data, tmp_path, replace(OFTEN, warned=warnings.append), [silence])
    assert len(warnings) == 1
    assert "the generator has collapsed at step 2: its pictures differ by" in warnings[0]
    told = [line for line in read_log(tmp_path / "game" / "log.jsonl") if "warning" in line]
    assert told == [{"step": 2, "warning": warnings[0]}]


def test_a_collapse_that_ends_and_comes_again_is_told_again(tmp_path: Path) -> None:
    warnings: list[str] = []
    flat, lively = torch.zeros(4, 3, 8, 8), torch.rand(4, 3, 8, 8)
    made = iter([flat, flat, lively, flat[:1], flat])
    watch = CollapseWatch(lambda: {"generator": next(made)}, tmp_path / "log.jsonl", warnings.append, every=2)
    moment: Any = type("At", (), {"steps": 100})()
    for moment.step in range(1, 11):
        watch(moment)
    assert [line["step"] for line in read_log(tmp_path / "log.jsonl")] == [2, 10]
    assert len(warnings) == 2


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    spec, data = small_gan("acgan")
    alone = replace(data, classes=("only",), labels=torch.zeros(len(data), dtype=torch.int64))
    with pytest.raises(InputError, match=r"acgan has to be told classes, and noise has none; give CIFAR-10"):
        train_gan(spec, FRESH, alone, tmp_path, OFTEN)
    with pytest.raises(InputError, match=r"pictures of 4 x 4, and the generator makes 8 x 8"):
        train_gan(spec, FRESH, replace(data, pictures=data.pictures[:, :, :4, :4]), tmp_path, OFTEN)
    with pytest.raises(SpecError, match=r"field 'classes': is not known"):
        train_gan(small_gan("dcgan", conditional=True)[0], FRESH, small_gan("dcgan")[1], tmp_path, OFTEN)
    with pytest.raises(SpecError, match=r"'critic_step': is not known; did you mean 'critic_steps'"):
        small_gan("sngan", critic_step=3)
    spec, data = small_gan("sngan")
    begun = networks(spec, tmp_path, data)
    wrong = Beginning(networks={GENERATOR: begun[DISCRIMINATOR]})
    with pytest.raises(InputError, match=r"the generator is a resnet-generator, and resnet-discriminator .* is given"):
        train_gan(spec, wrong, data, tmp_path / "x", OFTEN)
    with pytest.raises(
        InputError, match=r"there is no reverse-generator in this game; its networks are generator, discriminator"
    ):
        train_gan(spec, Beginning(networks={REVERSE_GENERATOR: begun[GENERATOR]}), data, tmp_path / "x", OFTEN)
    other = gan_spec(
        "sngan", data, {**spec.model_dump(include={"training"}), "generator": {**spec.generator, "latent": 7}}, FRESH, "test"
    )
    with pytest.raises(InputError, match=r"latent of the generator is 7, and that of \w+ is 5; leave the setting out"):
        train_gan(other, Beginning(networks={GENERATOR: begun[GENERATOR]}), data, tmp_path / "x", OFTEN)
    with pytest.raises(InputError, match=r"the teacher is no discriminator"):
        train_gan(spec, Beginning(teacher=begun[GENERATOR]), data, tmp_path / "x", OFTEN)
    assert not (tmp_path / "x").exists()
    with pytest.raises(JournalError, match=r"holds another run: loss: was hinge, is wasserstein"):
        train_gan(spec.model_copy(update={"loss": "wasserstein"}), FRESH, data, tmp_path / "begun", OFTEN)


def test_kinds_of_pictures_that_say_nothing_are_refused(tmp_path: Path) -> None:
    colors = PictureFolder.scan(filled(tmp_path / "colors", 3))
    lonely = PictureFolder.scan(filled(tmp_path / "one", 1))
    (tmp_path / "gray").mkdir()
    for number in range(2):
        save(tmp_path / "gray" / f"{number}.png", noise(30, 30, 1, seed=number))
    gray = PictureFolder.scan(tmp_path / "gray")
    with pytest.raises(InputError, match=r"the second kind is .*00.png alone, .*; give at least 2 pictures"):
        refuse_unlike({FIRST: colors, SECOND: lonely})
    with pytest.raises(InputError, match=r"all pictures of the first kind are gray, of 1 channel, .* other have 3"):
        refuse_unlike({FIRST: gray, SECOND: colors})
    refuse_unlike({FIRST: gray, SECOND: gray})
