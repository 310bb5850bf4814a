"""Training a CycleGAN: a translator each way between two kinds of pictures, and a discriminator of each kind.

Departures from GAN-LTH's recipe:
- Pictures of both kinds come in shuffled epochs of their own; there those of the second are drawn at random.
- Pictures are resized bilinearly, there bicubically.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from intaglio.data.folder import PictureFolder
from intaglio.images.header import read_header
from intaglio.models.catalog import MODELS
from intaglio.models.gan.networks import Discriminator
from intaglio.models.gan.translator import Translator
from intaglio.objectives.adversarial.catalog import ADVERSARIAL_LOSSES
from intaglio.objectives.cyclegan import FIRST, SECOND, JudgesTraining, TranslatorsTraining
from intaglio.objectives.replay import ReplayBuffer
from intaglio.storage.pretrained import Pretrained
from intaglio.training.gan.beginning import DISCRIMINATOR, GENERATOR, Beginning, Player, playing
from intaglio.training.gan.catalog import TRANSLATIONS
from intaglio.training.gan.collapse import CollapseWatch
from intaglio.training.gan.slimming import Slimming
from intaglio.training.gan.spec import CycleSpec
from intaglio.training.objective import Game, Hook, Turn
from intaglio.training.run import Conduct, Run
from intaglio.vocabulary.errors import InputError, PictureError

REVERSE_GENERATOR, REVERSE_DISCRIMINATOR = f"reverse-{GENERATOR}", f"reverse-{DISCRIMINATOR}"
"""The parts that translate back to the first kind, and judge it."""
PARTS = (GENERATOR, DISCRIMINATOR, REVERSE_GENERATOR, REVERSE_DISCRIMINATOR)
"""All networks of the game."""
# By the kind of pictures that they give, or judge.
_GENERATORS = {SECOND: GENERATOR, FIRST: REVERSE_GENERATOR}
_DISCRIMINATORS = {SECOND: DISCRIMINATOR, FIRST: REVERSE_DISCRIMINATOR}
_PHASE = "game"


def cycle_spec(
    name: str, pictures: Mapping[str, PictureFolder], settings: Mapping[str, Any], beginning: Beginning, where: str
) -> CycleSpec:
    """The description of a training: settings, and the preset's for the rest.

    Args:
        name: of the preset.
        pictures: of the "first" and the "second" kind.
        settings: of a `CycleSpec`.
        beginning: what is begun with.
        where: the settings stand, for messages.

    Raises:
        UnknownNameError: no preset of that name.
        SpecError: a setting that there is not, or a value that does not fit.

    """
    data = {kind: found.digest() for kind, found in pictures.items()}
    return CycleSpec.parse(
        {**TRANSLATIONS[name].filled(settings), "model": name, "data": data, **beginning.digests()}, where=where
    )


def train_cycle(
    spec: CycleSpec,
    beginning: Beginning,
    pictures: Mapping[str, PictureFolder],
    folder: Path,
    conduct: Conduct,
    more: Sequence[Hook] = (),
) -> dict[str, Pretrained]:
    """Train two translators.

    Args:
        spec: what to do.
        beginning: weights and masks that the spec names.
        pictures: of the "first" and the "second" kind.
        folder: of the run; it goes on from what it finds there.
        conduct: how it is carried out.
        more: hooks of the caller's; the networks of a moment are `moment.objective.trained`, by their parts.

    Returns:
        The "generator", which translates from the first kind to the second, the "discriminator" of the second, and
        "reverse-generator" and "reverse-discriminator".

    Raises:
        InputError: a kind with a single picture, gray pictures on one side only, or networks that do not fit.
        SpecError: settings that the networks do not have.
        JournalError: the folder holds another run.
        TrainingError: a loss that is not finite.

    """
    refuse_unlike(pictures)
    preset = TRANSLATIONS[spec.model]
    generator, discriminator = MODELS[preset.generator], MODELS[preset.discriminator]
    side = spec.crop.size
    parts = {
        GENERATOR: (generator, spec.generator),
        DISCRIMINATOR: (discriminator, beginning.sided(DISCRIMINATOR, spec.discriminator, side)),
        REVERSE_GENERATOR: (generator, spec.generator),
        REVERSE_DISCRIMINATOR: (discriminator, beginning.sided(REVERSE_DISCRIMINATOR, spec.discriminator, side)),
    }
    streams = {kind: (pictures[kind], spec.crop) for kind in (FIRST, SECOND)}
    with playing(parts, spec, beginning) as players:
        slimming = Slimming(players, spec.slim)
        game, made = _game(spec, players, slimming)
        watch = CollapseWatch(made, folder / _PHASE / "log.jsonl", conduct.warned, every=conduct.log_every)
        run = Run(folder, spec, conduct, total=spec.training.steps)
        run.phase(_PHASE, game, streams, spec.training, [watch, *more])
        slimming.keep(folder)
        note = f"Trained as {spec.model} for {spec.training.steps:,} steps."
        return {part: player.finished(player.network, note) for part, player in players.items()}


def refuse_unlike(pictures: Mapping[str, PictureFolder]) -> None:
    """Refuse kinds of pictures that nothing can be learned from.

    Raises:
        InputError: a kind with a single picture, or gray pictures on one side and none on the other.

    """
    for kind, found in pictures.items():
        if len(found) < 2:
            raise InputError(
                f"the {kind} kind is {found.files[0]} alone, which says nothing of its kind; give at least 2 pictures"
            )
    gray = {kind: _all_gray(found) for kind, found in pictures.items()}
    if len(set(gray.values())) > 1:
        kind = next(kind for kind, alone in gray.items() if alone)
        raise InputError(
            f"all pictures of the {kind} kind are gray, of 1 channel, such as {pictures[kind].files[0]}, and those of the "
            "other have 3; give both in color, or both gray"
        )


def _all_gray(found: PictureFolder) -> bool:
    """Whether no header tells of color; mostly the first one decides."""
    for path in found.files:
        try:
            if read_header(path).colors > 1:
                return False
        except PictureError:
            # Whoever decodes it tells.
            continue
    return True


def _game(
    spec: CycleSpec, players: Mapping[str, Player], slimming: Slimming
) -> tuple[Game, Callable[[], Mapping[str, Tensor]]]:
    """The game, and the pictures that were made last by each generator."""
    to: dict[str, Translator] = {}
    judges: dict[str, Discriminator] = {}
    for kind in (FIRST, SECOND):
        translator, judge = players[_GENERATORS[kind]].network, players[_DISCRIMINATORS[kind]].network
        assert isinstance(translator, Translator)
        assert isinstance(judge, Discriminator)
        to[kind], judges[kind] = translator, judge
    replay = {kind: ReplayBuffer(spec.replay, spec.crop.size) for kind in to}
    loss = ADVERSARIAL_LOSSES[spec.loss]
    translating = TranslatorsTraining(to, judges, loss, cycle=spec.cycle, identity=spec.identity)
    judging = JudgesTraining(judges, translating, replay, loss)
    trained = nn.ModuleDict({part: player.network for part, player in players.items()})
    trained["replay"] = nn.ModuleDict(replay)

    def shrinking(parts: Mapping[str, str]) -> Callable[[float], None]:
        return lambda rate: slimming.shrink_(*parts.values(), rate=rate)

    turns = (
        Turn(name="generators", objective=translating, moved=shrinking(_GENERATORS)),
        Turn(name="discriminators", objective=judging, moved=shrinking(_DISCRIMINATORS)),
    )
    return Game(trained, turns, translating.show), lambda: {_GENERATORS[kind]: one.seen() for kind, one in replay.items()}
