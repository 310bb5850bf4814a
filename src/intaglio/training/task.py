"""`Task`: what a network learns while it is pruned, and how it is judged; all in which kinds of networks differ."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.training.objective import Objective
from intaglio.training.run import Feed
from intaglio.vocabulary.spec import Spec


@dataclass(frozen=True, kw_only=True)
class Task:
    """Pictures to learn from and to be judged on, with an objective."""

    spec: type[Spec]
    """Of the description of a pruning: a `StructuredSpec`, with what this task needs to know."""
    data: str
    """Digest of the pictures to learn from."""
    usual: Mapping[str, Any]
    """Settings of the description that the network's paper has."""
    training: Mapping[str, Any]
    """How long and how fast the paper trains, settings of a `TrainingSpec`."""
    objective: Callable[[nn.Module, Any], Objective]
    """(network, description) -> what trains it in place."""
    feed: Callable[[Any], Feed | Mapping[str, tuple[PictureFolder, Crop]]]
    """(description) -> pictures to learn from."""
    judged: Callable[[nn.Module, Any], dict[str, float]]
    """(network, description) -> how well it does, by name, for people."""
    error: Callable[[nn.Module, Any], float]
    """(network, description) -> how badly it does on a part of what it learns from, quickly; what layers are measured by."""
    normalizations: Mapping[str, str] = field(default_factory=dict)
    """The normalization behind a layer, by names."""
