"""`Recipe`: how a kind of network is trained from the networks and pictures at hand, so that nobody asks for a name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from torch import nn

from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.models.style.loss_network import LossNetwork
from intaglio.storage.pretrained import Pretrained
from intaglio.training.method import LossSettings
from intaglio.training.objective import Objective
from intaglio.training.run import Conduct
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.spec import Spec

T = TypeVar("T", bound=Spec)


@dataclass(frozen=True, kw_only=True)
class Parents:
    """The networks that a training takes something from; none of them is changed."""

    encoder: Pretrained
    """An encoder, or a network to take encoders from."""
    start: Pretrained | None = None
    """A network whose layers are started from."""
    loss_network: Pretrained | None = None
    """Its encoder judges; that of `encoder` if None."""

    @property
    def judge(self) -> Pretrained:
        """What judges."""
        return self.loss_network or self.encoder

    def digests(self) -> dict[str, str]:
        """By the names that specs have for them; empty where there is none."""
        named = {"encoder": self.encoder, "start": self.start, "loss_network": self.loss_network}
        return {name: parent.digest() if parent else "" for name, parent in named.items()}

    def roles(self) -> list[tuple[str, Pretrained | None]]:
        """What each is to the network that comes out, for its source."""
        return [("encoder", self.encoder), ("start", self.start), ("loss network", self.loss_network)]


@dataclass(frozen=True, kw_only=True)
class Recipe(Generic[T]):
    """A way to train one kind of network."""

    streams: tuple[str, ...]
    """What its batches hold: folders of pictures to ask for."""
    losses: type[LossSettings]
    """Settings of its losses."""
    length: str
    """The field of the spec that says how long and how fast: a `TrainingSpec`."""
    training: TrainingSpec
    """What the paper has there."""
    crop: Crop
    """What the paper cuts out of its pictures."""
    spec: Callable[[Mapping[str, Any], str], T]
    """(settings, where they stand) -> the description of a run, the rest as in the paper; raises SpecError."""
    train: Callable[[T, Parents, Mapping[str, PictureFolder], Path, Conduct], Pretrained]
    """(description, parents, pictures by stream, folder of the run, how it is carried out) -> the network; it goes on from what
    it finds in the folder."""
    objective: Callable[[nn.Module, LossNetwork, Any, bool], Objective]
    """(a network of this kind, loss network, settings of its losses, joint) -> what trains that network in place, for those who
    bring weights of their own; raises InputError where stages are trained one after the other."""
