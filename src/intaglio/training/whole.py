"""Training as a recipe: a network as one piece, transfer and decoder together, for an encoder that stays as it is.

Each kind of network has the losses of its paper (`methods`). The "plus" networks of Kong et al. 2022 train the encoder as well,
the loss network staying as it was.

Departures:
- A network may start from one of its kind, or from the decoder of another, which saves thousands of steps. Fresh decoders start
  with pictures that are nearly gray; see `start.py`.
- The loss network may be another than the encoder that is stylized with.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from pydantic import Field, ValidationError
from torch import Tensor

from intaglio.data.batches import Batches, as_float
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.models.catalog import MODELS
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.stepped import SteppedNetwork
from intaglio.models.style.vgg_codec import CodecConfig, Cut
from intaglio.storage.loss_network import deepest_encoder
from intaglio.storage.pretrained import Pretrained
from intaglio.training.method import NetworkMethod
from intaglio.training.parts import encoders_of, shortened, told_unfit
from intaglio.training.recipe import Parents, Recipe
from intaglio.training.run import Conduct, Run
from intaglio.training.spec import TrainingSpec
from intaglio.training.start import behind_encoder, fresh_network, refuse_untaught, take_over_common_
from intaglio.vocabulary.errors import InputError, SpecError
from intaglio.vocabulary.seeds import derive_seed
from intaglio.vocabulary.spec import Spec


class WholeSpec(Spec):
    """All that decides what a training gives."""

    model: str
    """Name in the catalog of methods."""
    encoder: str
    """Digest of the network that the encoder is taken from."""
    start: str = ""
    """Digest of the network whose layers are started from; empty for fresh ones."""
    loss_network: str = ""
    """Digest of the loss network; empty for the encoder itself."""
    data: dict[str, str]
    """Digest of the pictures of each stream."""
    cut: Cut | None = None
    """Where the encoder ends, for a network that leaves the choice; where the paper's does if None."""
    network: dict[str, Any] = Field(default_factory=dict)
    """Settings of the network beside its encoder; those of the paper if left out."""
    joint: bool = False
    """Train the encoder too, all but its color convolution."""
    losses: dict[str, Any] = Field(default_factory=dict)
    """Settings of the method's losses."""
    crop: Crop
    """What is cut out of the pictures; the method knows what its paper did, as for the next."""
    training: TrainingSpec
    """How long and how fast."""


def train_whole(
    method: NetworkMethod[Any],
    spec: WholeSpec,
    parents: Parents,
    pictures: Mapping[str, PictureFolder],
    folder: Path,
    conduct: Conduct,
) -> Pretrained:
    """Train a network, all but its encoder, and that too if the spec says so.

    Args:
        method: of the network's kind.
        spec: what to do.
        parents: the encoder, what is started from and what judges.
        pictures: "content" and "style".
        folder: of the run; it goes on from what it finds there.
        conduct: how it is carried out.

    Raises:
        InputError: an encoder or a loss network that does not reach far enough, or a start that has nothing in common.
        SpecError: settings that the network does not have.
        JournalError: the folder holds another run.
        TrainingError: a loss that is not finite.

    """
    cut = _cut(method, spec.cut)
    encoder = encoders_of(parents.encoder, (cut,))[cut]
    config = _config(method, encoder.config.model_copy(update={"embedded": (), "decoder_relu": False}), spec.network)
    streams = {name: (found, spec.crop) for name, found in pictures.items()}
    card = MODELS[method.name]
    network = fresh_network(card, config, encoder, spec.training.seed, _batch(streams, spec.training))
    begun: frozenset[str] = frozenset()
    if parents.start is not None:
        begun = take_over_common_(network, parents.start)
        if text := told_unfit(behind_encoder(network), begun, parents.start.network.state_dict()):
            conduct.warned(text)
    settings = method.settings.parse(spec.losses, where="losses")
    judge = deepest_encoder(parents.judge)
    objective = method.objective(
        network, LossNetwork(shortened(judge, judge.config), lifted=settings.lift), settings, spec.joint
    )
    refuse_untaught(network, begun)
    Run(folder, spec, conduct, total=spec.training.steps).phase("network", objective, streams, spec.training)
    return Pretrained(card=card, config=config, network=network.eval().requires_grad_(False))


def in_one_piece(method: NetworkMethod[Any]) -> Recipe[WholeSpec]:
    """The recipe of a network that is trained as one piece."""

    def spec(settings: Mapping[str, Any], where: str) -> WholeSpec:
        training = settings.get("training", {})
        if isinstance(training, Mapping):
            training = method.training.model_dump() | dict(training)
        return WholeSpec.parse({"crop": method.crop, **settings, "training": training}, where=where)

    return Recipe(
        streams=("content", "style"),
        losses=method.settings,
        length="training",
        training=method.training,
        crop=method.crop,
        spec=spec,
        train=lambda spec, parents, pictures, folder, conduct: train_whole(method, spec, parents, pictures, folder, conduct),
        objective=lambda network, judge, losses, joint: method.objective(cast(SteppedNetwork, network), judge, losses, joint),
    )


def _cut(method: NetworkMethod[Any], asked: Cut | None) -> Cut:
    if asked not in (None, *method.cuts):
        raise SpecError(f"cut: {method.name} has an encoder to {' or '.join(method.cuts)}, not to {asked}")
    return asked or method.cuts[0]


def _config(method: NetworkMethod[Any], codec: CodecConfig, settings: Mapping[str, Any]) -> Spec:
    try:
        config = method.config(codec)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InputError(f"{method.name} cannot have this encoder: {reason}; give another") from None
    if given := [name for name, value in config if value == codec and name in settings]:
        raise SpecError(f"network: {given[0]!r} comes with the encoder; leave it out")
    return type(config).parse({**dict(config), **settings}, where="network")


def _batch(streams: Mapping[str, tuple[PictureFolder, Crop]], spec: TrainingSpec) -> dict[str, Tensor]:
    """Pictures of no step in the same crops, to see how large features are."""
    with Batches(streams, spec.batch_size, derive_seed(spec.seed, "size")) as batches:
        return as_float(next(batches), torch.device("cpu"))
