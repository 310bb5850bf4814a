"""What a style network learns while it is pruned: its own losses, all of it at once.

Departures:
- Where a paper trains the decoder alone, the encoder learns as well, as in the "plus" networks of Kong et al. 2022: its groups
  are pushed out, too. The loss network stays as it is.
- The papers on structured pruning have SGD; style networks learn with Adam, as their own papers have it.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from torch import nn

from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.models.style.loss_network import LossNetwork
from intaglio.storage.loss_network import deepest_encoder
from intaglio.storage.pretrained import Pretrained
from intaglio.training.catalog import RECIPES
from intaglio.training.objective import Objective
from intaglio.training.parts import shortened
from intaglio.training.structured import StructuredSpec
from intaglio.training.task import Task
from intaglio.training.terms import terms_of
from intaglio.vocabulary.seeds import derive_seed

# Batches by which it is judged, and those by which layers are measured.
_BATCHES, _FEW = 8, 2


class StylePruning(StructuredSpec):
    """All that decides what the pruning of a style network gives."""

    loss_network: str
    """Digest of the loss network."""
    losses: dict[str, Any] = Field(default_factory=dict)
    """Settings of the losses; those of the paper if left out."""
    crop: Crop
    """What is cut out of the pictures."""


def style_task(network: Pretrained, judge: Pretrained, pictures: Mapping[str, PictureFolder]) -> Task:
    """The network's own losses; judged by them on other crops of the same pictures.

    Args:
        network: a style network that is trained in one piece.
        judge: its encoder is the loss network.
        pictures: "content" and "style".

    Raises:
        UnknownNameError: there is no training for such a network.

    """
    recipe = RECIPES[network.card.name]

    def objective(network: nn.Module, spec: StylePruning) -> Objective:
        network.requires_grad_(True)
        settings, encoder = recipe.losses.parse(spec.losses, where="losses"), deepest_encoder(judge)
        return recipe.objective(network, LossNetwork(shortened(encoder, encoder.config), lifted=settings.lift), settings, True)

    def streams(spec: StylePruning) -> dict[str, tuple[PictureFolder, Crop]]:
        return {name: (found, spec.crop) for name, found in pictures.items()}

    def terms(network: nn.Module, spec: StylePruning, batches: int) -> dict[str, float]:
        seed = derive_seed(spec.pruning.seed, "judged")
        found = terms_of(objective(network, spec), streams(spec), spec.pruning.batch_size, seed, batches)
        return {name: sum(one[name] for one in found) / batches for name in found[0]}

    def judged(network: nn.Module, spec: StylePruning) -> dict[str, float]:
        found = terms(network, spec, _BATCHES)
        style = sum(value for name, value in found.items() if name.startswith("style"))
        return {"error": sum(found.values()), "content": sum(found.values()) - style, "style": style}

    return Task(
        spec=StylePruning,
        data=",".join(f"{name}:{found.digest()}" for name, found in pictures.items()),
        usual={"crop": recipe.crop, "loss_network": judge.digest()},
        training=recipe.training.model_dump(),
        objective=objective,
        feed=streams,
        judged=judged,
        error=lambda network, spec: sum(terms(network, spec, _FEW).values()),
    )
