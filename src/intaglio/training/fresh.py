"""Training as a recipe: decoders for an encoder that stays as it is, stage by stage.

WCT's decoders learn reconstruction (Li et al. 2017), AdaIN's content and style (Huang & Belongie 2017); see `objectives`.

"AdaIN+" of Kong et al. 2022 trains the encoder as well, the loss network staying as it was.

Departures:
- A decoder may start from another network's of the same cut. One of AdaIN that starts from a reconstruction decoder is pleasant
  after a thousand steps, one from random weights is not.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import nn

from intaglio.data.batches import Batches, as_float
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.models.catalog import MODELS
from intaglio.models.style.adain import EIGENVALUE_CUT
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import Cascade, Stage
from intaglio.models.style.vgg_codec import Cut, Decoder, Encoder
from intaglio.models.style.wct import WhiteningColoring
from intaglio.storage.pretrained import Pretrained
from intaglio.training.assembly import filled, fresh_decoder
from intaglio.training.method import Method
from intaglio.training.objective import Objective
from intaglio.training.parts import decoders_of, encoders_of, shortened, take_over_, told_unfit
from intaglio.training.recipe import Parents, Recipe
from intaglio.training.run import Conduct, Run
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.errors import InputError, SpecError
from intaglio.vocabulary.seeds import derive_seed
from intaglio.vocabulary.spec import Spec


class TrainSpec(Spec):
    """All that decides what a training gives."""

    model: str
    """Name in the catalog of methods."""
    encoder: str
    """Digest of the network that the encoders are taken from."""
    start: str = ""
    """Digest of the network whose decoders are started from; empty for fresh ones."""
    loss_network: str = ""
    """Digest of the loss network; empty for the encoder itself."""
    data: dict[str, str]
    """Digest of the pictures of each stream."""
    grow: bool = False
    """Fresh decoders start from those of the stage below."""
    finish: tuple[Cut, ...] = ()
    """Cuts of stages of whitening and coloring behind those that are trained, in the order in which they run; they come from
    the network that the encoders are taken from, and learn only if `joint`."""
    joint: bool = False
    """Train the encoders too, each stage a copy of its own ("AdaIN+" of Kong et al. 2022); linear-embedding heads go."""
    losses: dict[str, Any] = Field(default_factory=dict)
    """Settings of the method's losses."""
    crop: Crop = Crop(size=256, resize="squash", to=512)
    decoder: TrainingSpec = TrainingSpec(steps=160_000, batch_size=8, schedule="inverse")
    decoder_steps: dict[str, int] = Field(default_factory=dict)
    """Steps of single decoders, by cut; the others take those of `decoder`."""

    def steps_of(self, cut: str) -> int:
        """Optimizer steps of the decoder of a cut."""
        return self.decoder_steps.get(cut, self.decoder.steps)


def train_network(
    method: Method[Any],
    spec: TrainSpec,
    parents: Parents,
    pictures: Mapping[str, PictureFolder],
    folder: Path,
    conduct: Conduct,
) -> Pretrained:
    """Train the decoders of a network, and jointly its encoders if the spec says so.

    Args:
        method: of the network's kind.
        spec: what to do.
        parents: the encoders, the decoders that are started from and what judges.
        pictures: by the method's streams.
        folder: of the run; it goes on from what it finds there.
        conduct: how it is carried out.

    Raises:
        InputError: encoders or a loss network that do not reach far enough, a start without decoders, or no stages of the cuts
            that are to finish pictures.
        SpecError: stages that the method cannot have behind its own.
        JournalError: the folder holds another run.
        TrainingError: a loss that is not finite.

    """
    cuts, deepest = sorted(method.cuts), max(method.cuts)
    encoders, finish = encoders_of(parents.encoder, method.cuts), _finish(method, spec.finish, parents.encoder)
    start = decoders_of(parents.start) if parents.start else {}
    run = Run(folder, spec, conduct, total=sum(spec.steps_of(cut) for cut in cuts))
    streams = {name: (found, spec.crop) for name, found in pictures.items()}
    settings = method.settings.parse(spec.losses, where="losses")
    judge = LossNetwork(encoders_of(parents.judge, (deepest,))[deepest], lifted=settings.lift)
    trained: dict[Cut, tuple[Encoder, Decoder]] = {}
    below: Decoder | None = None
    for cut in cuts:
        encoder = encoders[cut]
        if spec.joint:
            encoder = shortened(encoder, encoder.config.model_copy(update={"embedded": ()}))
        config = encoder.config.model_copy(update={"decoder_relu": method.decoder_relu})
        decoder = fresh_decoder(config, spec.decoder.seed, _size(encoder, streams, spec))
        if spec.grow and below is not None:
            take_over_(decoder, below)
        if cut in start:
            taken = take_over_(decoder, start[cut])
            if text := told_unfit(decoder.state_dict(), taken, start[cut].state_dict()):
                conduct.warned(text)
        objective = method.objective((encoder, decoder), finish, judge, settings, spec.joint)
        length = spec.decoder.model_copy(update={"steps": spec.steps_of(cut)})
        run.phase(f"decoder-{cut}", objective, streams, length)
        trained[cut] = (encoder, decoder)
        below = decoder
    configured = method.config([*(trained[cut][1].config for cut in method.cuts), *(stage.config for stage in finish)])
    codecs = trained | {stage.config.cut: (stage.encoder, stage.decoder) for stage in finish}
    return filled(MODELS[method.name], configured, codecs)


def by_stages(method: Method[Any]) -> Recipe[TrainSpec]:
    """The recipe of a network that is trained stage by stage."""

    def objective(network: nn.Module, judge: LossNetwork, losses: Any, joint: bool) -> Objective:
        stages = network.cascade() if isinstance(network, Cascade) else []
        if not stages or (len(stages) > 1 and not method.finishes):
            raise InputError(f"{method.name} is trained stage by stage, not as one piece; choose another network")
        first, *finish = stages
        return method.objective((first.encoder, first.decoder), finish, judge, losses, joint)

    return Recipe(
        streams=method.streams,
        losses=method.settings,
        length="decoder",
        training=TrainSpec.model_fields["decoder"].default,
        crop=TrainSpec.model_fields["crop"].default,
        spec=lambda settings, where: TrainSpec.parse(settings, where=where),
        train=lambda spec, parents, pictures, folder, conduct: train_network(method, spec, parents, pictures, folder, conduct),
        objective=objective,
    )


def _finish(method: Method[Any], cuts: Sequence[Cut], network: Pretrained) -> list[Stage]:
    """Copies of a network's stages, to whiten and color with."""
    if cuts and not method.finishes:
        raise SpecError(f"finish: {method.name} has no stages behind its own; leave it out")
    if len({*cuts, *method.cuts}) < len(cuts) + len(method.cuts):
        raise SpecError(f"finish: {', '.join(cuts)} has a cut twice, or that of {method.name} itself; name each once")
    own = {stage.config.cut: stage for stage in network.network.cascade()} if isinstance(network.network, Cascade) else {}
    found = []
    for cut in cuts:
        if cut not in own:
            raise InputError(
                f"{network.card.name} has no stage of {cut} to finish pictures; take the encoder from one that has"
            )
        stage = Stage(own[cut].config, WhiteningColoring(EIGENVALUE_CUT))
        stage.load_state_dict(own[cut].state_dict())
        found.append(stage)
    return found


def _size(encoder: Encoder, streams: Mapping[str, tuple[PictureFolder, Crop]], spec: TrainSpec) -> float:
    """Root mean square of the features of one batch."""
    with Batches(streams, spec.decoder.batch_size, derive_seed(spec.decoder.seed, "size")) as batches, torch.no_grad():
        pictures = next(iter(as_float(next(batches), torch.device("cpu")).values()))
        return float(encoder(pictures).square().mean().sqrt())
