"""Collaborative distillation of networks that are trained as one piece: a narrow copy learns from the network that it is of.

Wang et al. 2020, section 3, carried over from cascades of stages (`distill`): first the narrow encoder learns, embedded in the
wide one's features, with the rest of the wide network as the collaborator; then the rest of the narrow network learns the
ordinary way behind that encoder.

Departures:
- The paper has WCT, AdaIN and the optimization of pictures. Here the collaborator is any network that is trained as one piece,
  all of it behind the encoder, attention included, and `L_collab` is that network's own loss.
- The narrow network is given, and may begin with the wide one's filters everywhere; the paper's decoders begin anew. The linear
  maps of the embedding begin with the least-squares solution.
- The encoder may go on learning in the second phase (`joint`), as in the "plus" networks of Kong et al. 2022.
"""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn

from intaglio.data.batches import Batches, as_float
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.distillation.collaborative import CollaborativeDistillation
from intaglio.distillation.embedding import fit_heads_
from intaglio.distillation.lifted import LiftedEncoder
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import StyleNetwork
from intaglio.models.style.vgg_codec import Encoder
from intaglio.pruning.groups import GROUPINGS
from intaglio.pruning.members import Members
from intaglio.storage.loss_network import deepest_encoder
from intaglio.storage.pretrained import Pretrained
from intaglio.training.assembly import seeded
from intaglio.training.catalog import RECIPES
from intaglio.training.objective import Objective
from intaglio.training.parts import shortened
from intaglio.training.run import Conduct, Run
from intaglio.training.spec import TrainingSpec
from intaglio.training.speedup import ratios_for_speedup
from intaglio.vocabulary.errors import InputError
from intaglio.vocabulary.seeds import derive_seed
from intaglio.vocabulary.spec import Spec

_FITTED_OVER = 16


class TeachSpec(Spec):
    """All that decides what a distillation gives."""

    teacher: str
    """Digest of the wide network."""
    student: str
    """Digest of the narrow one, as it begins."""
    loss_network: str
    """Digest of the loss network."""
    data: dict[str, str]
    """Digest of the pictures of each stream."""
    embedding: float = Field(default=10.0, ge=0)
    """beta; 0 leaves the embedding loss out."""
    collaboration: bool = True
    """Whether the rest of the teacher takes part."""
    joint: bool = False
    """Let the encoder go on learning with the rest."""
    losses: dict[str, Any] = Field(default_factory=dict)
    """Settings of the losses; those of the paper if left out."""
    crop: Crop
    """What is cut out of the pictures."""
    encoder: TrainingSpec
    """How long and how fast the encoder learns."""
    decoder: TrainingSpec
    """The same of the rest of the network, after that."""


def teach_spec(
    teacher: Pretrained,
    student: Pretrained,
    judge: Pretrained,
    pictures: Mapping[str, PictureFolder],
    settings: Mapping[str, Any],
    where: str,
) -> TeachSpec:
    """The description of a distillation: settings, and what the network's paper has for the rest.

    Raises:
        UnknownNameError: there is no training for such a network.
        SpecError: a setting that there is not, or a value that does not fit.

    """
    recipe = RECIPES[teacher.card.name]
    lengths = {name: {**recipe.training.model_dump(), **settings.get(name, {})} for name in ("encoder", "decoder")}
    digests = {
        "teacher": teacher.digest(),
        "student": student.digest(),
        "loss_network": judge.digest(),
        "data": {name: found.digest() for name, found in pictures.items()},
    }
    return TeachSpec.parse({"crop": recipe.crop, **settings, **lengths, **digests}, where=where)


def without_smallest(network: Pretrained, speedup: float, *, multiple: int = 1) -> Pretrained:
    """A network without the filters of the smallest L1 norms, zeros in their place: what a narrow copy can be made of.

    Args:
        network: stays as it is.
        speedup: multiply-accumulates of all convolutions before, over those after; all layers lose the same share.
        multiple: filters that stay are rounded up to a multiple of it.

    Raises:
        OptionError: more than there is to gain, or no filter that can go.

    """
    filters = GROUPINGS["filters"]
    made = copy.deepcopy(network.network)
    for name, share in ratios_for_speedup(network, speedup, filters, multiple=multiple).items():
        Members(made.get_submodule(name), filters).zero_smallest_(share)
    return Pretrained(card=network.card, config=network.config, network=made)


def teach(
    spec: TeachSpec,
    teacher: Pretrained,
    student: Pretrained,
    judge: Pretrained,
    pictures: Mapping[str, PictureFolder],
    folder: Path,
    conduct: Conduct,
) -> Pretrained:
    """Let a narrow network learn from a wide one of its kind.

    Args:
        spec: what to do.
        teacher: trained as one piece; it stays as it is.
        student: of the same kind with fewer channels; it stays as it is, too.
        judge: its encoder is the loss network.
        pictures: "content" and "style".
        folder: of the run; it goes on from what it finds there.
        conduct: how it is carried out.

    Returns:
        The student.

    Raises:
        InputError: networks of two kinds or with encoders of different depth, or one that is trained stage by stage.
        JournalError: the folder holds another run.
        TrainingError: a loss that is not finite.

    """
    made = Pretrained(card=student.card, config=student.config, network=copy.deepcopy(student.network).requires_grad_(True))
    narrow, wide = _encoder(made), _encoder(teacher)
    if student.card is not teacher.card or narrow.config.cut != wide.config.cut:
        raise InputError(
            f"the student is {student.card.name} to {narrow.config.cut}, the teacher {teacher.card.name} to "
            f"{wide.config.cut}; a student is a narrow copy of its teacher"
        )
    recipe = RECIPES[teacher.card.name]
    settings = recipe.losses.parse(spec.losses, where="losses")
    sees = deepest_encoder(judge)

    def objective(network: nn.Module, *, joint: bool) -> Objective:
        return recipe.objective(network, LossNetwork(shortened(sees, sees.config), lifted=settings.lift), settings, joint)

    # Refuses what is not trained as one piece.
    second = objective(made.network, joint=spec.joint)
    with seeded(spec.encoder.seed, "embeddings"):
        first = CollaborativeDistillation(
            narrow, wide, None, LossNetwork(wide).layers, embedding=spec.embedding, stream=recipe.streams[0]
        )
    if spec.collaboration:
        collaborator = _with_encoder(teacher.network, first.lifted)
        first.collaboration = _Collaboration(objective(collaborator, joint=True), collaborator)
        first.weights |= first.collaboration.objective.weights
    first.lifted.learn_(True)
    streams = {name: (found, spec.crop) for name, found in pictures.items()}
    fit_heads_(first.embeddings, _features(first, streams, spec.encoder))
    run = Run(folder, spec, conduct, total=spec.encoder.steps + spec.decoder.steps)
    run.phase("encoder", first, streams, spec.encoder)
    narrow.learn_(spec.joint)
    run.phase("network", second, streams, spec.decoder)
    made.network.eval().requires_grad_(False)
    return made


class _Collaboration(nn.Module):
    """The teacher's own loss with the student in the place of its encoder; the rest of it stays as it is.

    Args:
        objective: of the network.
        network: the teacher's, with the student in it.

    """

    def __init__(self, objective: Objective, network: nn.Module) -> None:
        super().__init__()
        self.objective = objective
        network.requires_grad_(False)

    def forward(self, batch: Mapping[str, Tensor], _: LiftedEncoder) -> dict[str, Tensor]:
        """The terms."""
        terms: dict[str, Tensor] = self.objective(batch)
        return terms

    def show(self, batch: Mapping[str, Tensor], _: LiftedEncoder) -> list[Tensor]:
        """What the objective shows."""
        return self.objective.show(batch)


def _encoder(network: Pretrained) -> Encoder:
    encoders = network.network.encoders() if isinstance(network.network, StyleNetwork) else []
    if len(encoders) != 1:
        raise InputError(f"{network.card.name} is trained stage by stage, not as one piece; distill it by widths")
    return encoders[0]


def _features(
    distillation: CollaborativeDistillation, streams: Mapping[str, tuple[PictureFolder, Crop]], spec: TrainingSpec
) -> Iterator[dict[str, tuple[Tensor, Tensor]]]:
    """The student's and the teacher's by layer, of some batches that no step has in the same crops."""
    stream, layers = distillation.stream, distillation.layers
    with (
        Batches({stream: streams[stream]}, spec.batch_size, derive_seed(spec.seed, "embeddings")) as batches,
        torch.no_grad(),
    ):
        for _ in range(_FITTED_OVER):
            picture = as_float(next(batches), torch.device("cpu"))[stream]
            ours, theirs = (encoder.taps(picture, layers) for encoder in (distillation.student, distillation.teacher))
            yield {layer: (ours[layer], theirs[layer]) for layer in layers}


def _with_encoder(network: nn.Module, encoder: nn.Module) -> nn.Module:
    """A copy of a network with something else in the place of its encoder."""
    made = copy.deepcopy(network)
    (place,) = (name for name, module in made.named_modules() if isinstance(module, Encoder))
    made.set_submodule(place, encoder)
    return made
