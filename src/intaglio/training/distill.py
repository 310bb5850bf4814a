"""Collaborative distillation as a recipe: from a teacher to a compressed network, phase by phase.

Wang et al. 2020, section 3: for each stage a narrow encoder learns from the teacher's, with the teacher's decoder as the
collaborator; then a narrow decoder learns the ordinary way against that encoder.

Departures:
- All stages may share one encoder, that of the deepest stage, cut where each stage needs it.
- Decoders may grow: each starts from the one of the stage below, from which it has all layers but the first.
- The baseline of filter pruning (`method="pruned"`) starts from the largest filters and tunes encoder and decoder together on
  the decoder's loss, without a teacher; the paper tunes it on ImageNet classification, which needs labels.
"""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor

from intaglio.data.batches import Batches, as_float
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.distillation.collaborative import CollaborativeDistillation
from intaglio.distillation.embedding import fit_heads_, heads
from intaglio.distillation.normalization import fold_, normalize_
from intaglio.distillation.student import scaled_widths, start_from_largest_, start_from_random_, student_config
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import Cascade, Stage
from intaglio.models.style.vgg_codec import CONVOLUTIONS, CodecConfig, Cut, Decoder, Encoder
from intaglio.storage.pretrained import Pretrained
from intaglio.training.assembly import fresh_decoder, rebuilt, seeded
from intaglio.training.method import Method
from intaglio.training.parts import shortened, take_over_
from intaglio.training.run import Conduct, Run
from intaglio.training.solved import solved_decoder
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.errors import InputError, OptionError
from intaglio.vocabulary.seeds import derive_seed
from intaglio.vocabulary.spec import Spec

_FOLDED_OVER, _FITTED_OVER = 32, 16


class DistillSpec(Spec):
    """All that decides what a distillation gives."""

    teacher: str
    """Digest of the teacher."""
    data: dict[str, str]
    """Digest of the pictures of each stream."""
    widths: tuple[int, ...]
    """Channels of the student's convolutions, conv1_1 first, for the deepest stage; others take the front."""
    method: Literal["collaborative", "pruned"] = "collaborative"
    start: Literal["largest", "random"] = "largest"
    """What students start from: the teacher's filters of largest L1 norm, or random weights with batch normalization."""
    layers: Literal["scales", "all"] = "scales"
    """Where the student is embedded: at the first ReLU of each scale, or after every convolution."""
    embedding: float = 10.0
    """beta; 0 leaves the embedding loss out."""
    collaboration: bool = True
    """Whether the teacher's decoder takes part."""
    share_encoder: bool = False
    """One encoder for all stages."""
    grow: bool = False
    """Decoders start from those of the stage below."""
    losses: dict[str, Any] = Field(default_factory=dict)
    """Settings of the method's losses."""
    crop: Crop = Crop(size=256, resize="shorter", to=300, flip=True)
    encoder: TrainingSpec = TrainingSpec(steps=100_000, batch_size=16)
    decoder: TrainingSpec = TrainingSpec(steps=100_000, batch_size=16)
    decoder_steps: dict[str, int] = Field(default_factory=dict)
    """Steps of single decoders, by cut; the others take those of `decoder`."""

    def steps(self, cuts: tuple[str, ...]) -> int:
        """Optimizer steps in all, for stages with these cuts."""
        encoders = 0 if self.method == "pruned" else self.encoder.steps * (1 if self.share_encoder else len(cuts))
        return encoders + sum(self.decoder_steps.get(cut, self.decoder.steps) for cut in cuts)


def widths_of(
    teacher: Pretrained, *, width: float | None = None, widths: tuple[int, ...] | None = None, multiple: int = 8
) -> tuple[int, ...]:
    """Widths of a student for the teacher's deepest stage, from a share or from numbers.

    Raises:
        InputError: the teacher is no style network.
        OptionError: neither or both are given, or they do not fit the teacher.

    """
    network = teacher.network
    if not isinstance(network, Cascade):
        raise InputError(f"the teacher is {teacher.card.name}, which has no decoder to collaborate with; give a style network")
    if (width is None) == (widths is None):
        raise OptionError("give either one width, a share such as 0.25, or widths, a number for each convolution")
    deepest = max(network.cascade(), key=lambda stage: stage.config.scale).config
    if width is not None:
        return scaled_widths(deepest.widths, width, multiple=multiple)
    assert widths is not None
    return student_config(deepest, widths).widths


def distill(
    teacher: Pretrained,
    method: Method[Any],
    spec: DistillSpec,
    pictures: Mapping[str, PictureFolder],
    folder: Path,
    conduct: Conduct,
) -> Pretrained:
    """Compress a teacher into a network of the same kind.

    Args:
        teacher: a style network; its encoders and decoders are left as they are.
        method: of the teacher's kind.
        spec: what to do.
        pictures: by the method's streams.
        folder: of the run; it goes on from what it finds there.
        conduct: how it is carried out.

    Returns:
        The student: the teacher's configuration with the student's widths.

    Raises:
        InputError: a teacher with stages behind those of its kind.
        OptionError: widths that do not fit the teacher.
        JournalError: the folder holds another run.
        TrainingError: a loss that is not finite.

    """
    network = teacher.network
    assert isinstance(network, Cascade)
    if method.finishes and len(network.cascade()) > 1:
        raise InputError(
            f"the teacher has stages behind its {method.name}; distill one that has none, and put them behind the student"
        )
    cuts = tuple(stage.config.cut for stage in network.cascade())
    run = Run(folder, spec, conduct, total=spec.steps(cuts))
    students = _Distillation(network, method, spec, pictures, run).students()
    return rebuilt(teacher, students)


class _Distillation:
    """One distillation in its run.

    Args:
        teacher: a cascade; its encoders and decoders are frozen.
        method: of the teacher's kind.
        spec: what to do.
        pictures: by the method's streams.
        run: where it is done.

    """

    def __init__(
        self, teacher: Cascade, method: Method[Any], spec: DistillSpec, pictures: Mapping[str, PictureFolder], run: Run
    ) -> None:
        self.method, self.spec, self.run = method, spec, run
        self.losses = method.settings.parse(spec.losses, where="losses")
        self.teachers = sorted(copy.deepcopy(teacher).requires_grad_(False).cascade(), key=lambda stage: stage.config.scale)
        self.configs = [student_config(stage.config, spec.widths) for stage in self.teachers]
        self.streams = {name: (folder, spec.crop) for name, folder in pictures.items()}
        self.loss_network = LossNetwork(self.teachers[-1].encoder, lifted=self.losses.lift)

    def students(self) -> dict[Cut, tuple[Encoder, Decoder]]:
        """Train all stages; encoder and decoder by cut, the deepest encoder with its heads."""
        encoders = {} if self.spec.method == "pruned" else self._encoders()
        trained: dict[Cut, tuple[Encoder, Decoder]] = {}
        below: Decoder | None = None
        for stage, config in zip(self.teachers, self.configs, strict=True):
            encoder = encoders.get(config.cut) or self._fresh_encoder(stage, config)
            below = self._decoder(encoder, config, below if self.spec.grow else None)
            trained[config.cut] = (encoder, below)
        deepest = self.configs[-1].cut
        trained[deepest] = (self._with_heads(trained[deepest][0]), trained[deepest][1])
        return trained

    def _encoders(self) -> dict[str, Encoder]:
        if not self.spec.share_encoder:
            stages = zip(self.teachers, self.configs, strict=True)
            return {config.cut: self._encoder(stage, config) for stage, config in stages}
        whole = self._encoder(self.teachers[-1], self.configs[-1])
        return {config.cut: shortened(whole, config) for config in self.configs}

    def _encoder(self, stage: Stage, config: CodecConfig) -> Encoder:
        spec, method = self.spec, self.method
        student = self._fresh_encoder(stage, config)
        normalized = spec.start == "random"
        if normalized:
            normalize_(student)
        loss_network = LossNetwork(stage.encoder, lifted=self.losses.lift)
        collaboration = method.collaboration(stage.decoder, loss_network, self.losses) if spec.collaboration else None
        layers = (
            loss_network.layers
            if spec.layers == "scales"
            else tuple(name.replace("conv", "relu") for name in CONVOLUTIONS[: len(config.widths)])
        )
        with seeded(spec.encoder.seed, "embeddings", config.cut):
            objective = CollaborativeDistillation(
                student, stage.encoder, collaboration, layers, embedding=spec.embedding, stream=method.streams[0]
            )
        objective.weights |= method.weights(self.losses)
        self.run.phase(f"encoder-{config.cut}", objective, self.streams, spec.encoder)
        if normalized:
            fold_(student, self._pictures(_FOLDED_OVER))
        return student.eval().requires_grad_(False)

    def _decoder(self, encoder: Encoder, config: CodecConfig, below: Decoder | None) -> Decoder:
        spec = self.spec
        if self.method.inverts and len(config.widths) == 1:
            decoder = solved_decoder(encoder, config, self._pictures(_FITTED_OVER))
        else:
            with torch.no_grad():
                size = float(encoder(next(self._pictures(1))).square().mean().sqrt())
            decoder = fresh_decoder(config, spec.decoder.seed, size)
        if below is not None:
            take_over_(decoder, below)
        objective = self.method.objective((encoder, decoder), (), self.loss_network, self.losses, spec.method == "pruned")
        steps = spec.decoder_steps.get(config.cut, spec.decoder.steps)
        self.run.phase(f"decoder-{config.cut}", objective, self.streams, spec.decoder.model_copy(update={"steps": steps}))
        return decoder

    def _fresh_encoder(self, stage: Stage, config: CodecConfig) -> Encoder:
        with seeded(self.spec.encoder.seed, "student", config.cut):
            student = Encoder(config)
            if self.spec.start == "largest":
                start_from_largest_(student, stage.encoder)
            else:
                start_from_random_(student)
        return student

    def _with_heads(self, encoder: Encoder) -> Encoder:
        """The encoder with heads to the teacher's channels, those of VGG-19 where the teacher has heads itself."""
        wanted = LossNetwork(self.teachers[-1].encoder)
        layers = wanted.layers

        def features() -> Iterator[Mapping[str, tuple[Tensor, Tensor]]]:
            for pictures in self._pictures(_FITTED_OVER):
                ours, theirs = encoder.taps(pictures, layers), wanted(pictures, layers)
                yield {layer: (ours[layer], theirs[layer]) for layer in layers}

        with torch.no_grad():
            probe = wanted(torch.zeros(1, 3, 32, 32), layers)
        channels = {layer: features.shape[1] for layer, features in probe.items()}
        fitted = heads(encoder, channels)
        fit_heads_(fitted, features())
        config = encoder.config.model_copy(update={"embedded": tuple(channels.items())})
        complete = Encoder(config)
        complete.layers, complete.embeddings = encoder.layers, fitted
        return complete

    def _pictures(self, count: int) -> Iterator[Tensor]:
        """Some batches of the first stream that no step trains on in the same crops."""
        name = self.method.streams[0]
        seed = derive_seed(self.spec.encoder.seed, "statistics")
        with Batches({name: self.streams[name]}, self.spec.encoder.batch_size, seed) as batches:
            for _ in range(count):
                yield as_float(next(batches), torch.device("cpu"))[name]
