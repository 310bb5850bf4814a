"""Training a GAN: a generator of pictures from random numbers, and its discriminator.

What comes out of the generator is the average of its parameters over training, on the last statistics of its normalization, if
the preset has one. Departures from the papers' recipes stand in `catalog.py`.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from intaglio.data.batches import BatchSource
from intaglio.data.labelled import LabelledBatches, LabelledPictures
from intaglio.models.card import ModelCard
from intaglio.models.catalog import MODELS
from intaglio.models.gan.networks import Discriminator, Generator, GeneratorConfig
from intaglio.objectives.adversarial.catalog import ADVERSARIAL_LOSSES
from intaglio.objectives.gan import DiscriminatorTraining, GanLosses, GeneratorTraining
from intaglio.objectives.parameter_average import ParameterAverage
from intaglio.storage.pretrained import Pretrained
from intaglio.training.gan.beginning import DISCRIMINATOR, GENERATOR, Beginning, Player, playing
from intaglio.training.gan.catalog import GANS
from intaglio.training.gan.collapse import CollapseWatch
from intaglio.training.gan.slimming import Slimming
from intaglio.training.gan.spec import GanSpec
from intaglio.training.objective import Game, Hook, Pictures, Turn
from intaglio.training.run import Conduct, Feed, Run
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.errors import InputError
from intaglio.vocabulary.seeds import derive_seed

LAST = "last"
"""The part that holds the generator's last parameters, where its average is what comes out."""
_PHASE, _ROWS, _COLUMNS = "game", 4, 8


def gan_spec(name: str, data: LabelledPictures, settings: Mapping[str, Any], beginning: Beginning, where: str) -> GanSpec:
    """The description of a training: settings, and the preset's for the rest.

    Raises:
        UnknownNameError: no GAN of that name.
        SpecError: a setting that there is not, or a value that does not fit.

    """
    teacher = beginning.teacher.digest() if beginning.teacher else ""
    named = {"model": name, "data": data.digest(), "teacher": teacher, **beginning.digests()}
    return GanSpec.parse({**GANS[name].filled(settings), **named}, where=where)


def side_of(name: str, settings: Mapping[str, Any], beginning: Beginning) -> int:
    """The side of the pictures that a GAN makes, pixels."""
    card, start = MODELS[GANS[name].generator], beginning.networks.get(GENERATOR)
    given = start.config.model_dump() if start and start.card is card else {}
    usual = GANS[name].filled(settings).get(GENERATOR, {})
    config = card.config.parse({**given, **usual}, where=GENERATOR)
    assert isinstance(config, GeneratorConfig)
    return config.side


def train_gan(
    spec: GanSpec,
    beginning: Beginning,
    data: LabelledPictures,
    folder: Path,
    conduct: Conduct,
    more: Sequence[Hook] = (),
) -> dict[str, Pretrained]:
    """Train a GAN.

    Args:
        spec: what to do.
        beginning: weights, masks and the teacher that the spec names.
        data: to learn from, of the side that the generator gives.
        folder: of the run; it goes on from what it finds there.
        conduct: how it is carried out.
        more: hooks of the caller's; the networks of a moment are `moment.objective.trained`, by their parts.

    Returns:
        The "generator" and the "discriminator"; and, where the generator is an average, its "last" parameters.

    Raises:
        InputError: pictures of another side, without classes where they are needed, or networks that do not fit.
        SpecError: settings that the networks do not have.
        JournalError: the folder holds another run.
        TrainingError: a loss that is not finite.

    """
    with playing(_parts(spec, beginning, data), spec, beginning) as players:
        generator, discriminator = players[GENERATOR].network, players[DISCRIMINATOR].network
        assert isinstance(generator, Generator)
        assert isinstance(discriminator, Discriminator)
        slimming = Slimming(players, spec.slim)
        average = ParameterAverage(generator, spec.average) if spec.average else None
        judge, maker = _objectives(spec, generator, discriminator, beginning.teacher)
        trained = nn.ModuleDict({GENERATOR: generator, DISCRIMINATOR: discriminator})
        if average:
            trained["average"] = average

        def shown() -> nn.Module:
            return average.on_buffers_of(generator) if average else generator

        def moved(rate: float) -> None:
            slimming.shrink_(GENERATOR, rate=rate)
            if average:
                average.follow_(generator)

        turns = (
            Turn(
                name=DISCRIMINATOR,
                objective=judge,
                times=spec.critic_steps,
                moved=lambda rate: slimming.shrink_(DISCRIMINATOR, rate=rate),
            ),
            Turn(name=GENERATOR, objective=maker, rate=spec.generator_rate, moved=moved),
        )
        game = Game(trained, turns, _album(generator, shown, spec.training.seed))
        log = folder / _PHASE / "log.jsonl"
        watch = CollapseWatch(
            lambda: {} if judge.made is None else {GENERATOR: judge.made}, log, conduct.warned, every=conduct.log_every
        )
        run = Run(folder, spec, conduct, total=spec.training.steps)
        run.phase(_PHASE, game, _feed(spec, data), spec.training, [watch, *more])
        slimming.keep(folder)
        return _finished(spec, players, shown())


def _parts(spec: GanSpec, beginning: Beginning, data: LabelledPictures) -> dict[str, tuple[ModelCard, Mapping[str, Any]]]:
    preset = GANS[spec.model]
    if spec.conditional and len(data.classes) < 2:
        raise InputError(
            f"{spec.model} has to be told classes, and {data.where} has none; give CIFAR-10, or a folder with `train` and a "
            "folder for each class in it"
        )
    side = side_of(spec.model, spec.model_dump(include={GENERATOR}), beginning)
    if data.pictures.shape[2:] != (side, side):
        height, width = data.pictures.shape[2:]
        raise InputError(
            f"{data.where} has pictures of {width} x {height}, and the generator makes {side} x {side}; give others"
        )
    classes = {"classes": len(data.classes)} if spec.conditional else {}
    return {
        GENERATOR: (MODELS[preset.generator], {**spec.generator, **classes}),
        DISCRIMINATOR: (MODELS[preset.discriminator], {**beginning.sided(DISCRIMINATOR, spec.discriminator, side), **classes}),
    }


def _objectives(
    spec: GanSpec, generator: Generator, discriminator: Discriminator, teacher: Pretrained | None
) -> tuple[DiscriminatorTraining, GeneratorTraining]:
    losses = GanLosses(
        adversarial=ADVERSARIAL_LOSSES[spec.loss],
        penalty=spec.penalty,
        classes=spec.auxiliary,
        distillation=spec.distillation,
    )
    judging = copy.deepcopy(teacher.network).eval().requires_grad_(False) if teacher else None
    if judging is not None and not isinstance(judging, Discriminator):
        raise InputError("the teacher is no discriminator; give one that was trained dense")
    return (
        DiscriminatorTraining(discriminator, generator, losses, judging),
        GeneratorTraining(generator, discriminator, losses, spec.generator_batch),
    )


def _feed(spec: GanSpec, data: LabelledPictures) -> Feed:
    """Batches for all steps of the discriminator in one of the generator."""

    def feed(training: TrainingSpec, start: int, share: tuple[int, int]) -> BatchSource:
        size = training.batch_size * spec.critic_steps
        return LabelledBatches(data, size, training.seed, start=start, share=share, flip=spec.flip)

    return feed


def _album(generator: Generator, shown: Callable[[], nn.Module], seed: int) -> Callable[[Pictures], list[Tensor]]:
    """What shows how far it is: pictures of always the same latents; a column has one class where there are some."""
    source = torch.Generator().manual_seed(derive_seed(seed, "shown"))
    latents, *told = generator.example(source, _ROWS * _COLUMNS)
    if told:
        told = [torch.arange(len(latents)) % _COLUMNS % generator.classes]

    def show(_: Pictures) -> list[Tensor]:
        place = next(generator.parameters()).device
        made = shown()(*(taken.to(place) for taken in (latents, *told)))
        return [made[column::_COLUMNS].add(1).div(2) for column in range(_COLUMNS)]

    return show


def _finished(spec: GanSpec, players: Mapping[str, Player], shown: nn.Module) -> dict[str, Pretrained]:
    maker, judge = players[GENERATOR], players[DISCRIMINATOR]
    trained = f"Trained as {spec.model} for {spec.training.steps:,} steps of the generator."
    made = {GENERATOR: maker.finished(shown, trained), DISCRIMINATOR: judge.finished(judge.network, trained)}
    if spec.average:
        averaged = (
            f"Parameters are averages over training, with a decay of {spec.average:g}; buffers (statistics of batch "
            "normalization) are those of the last step."
        )
        made[GENERATOR] = maker.finished(shown, trained, averaged)
        made[LAST] = maker.finished(maker.network, trained, "Parameters are those of the last step, not averaged.")
    return made
