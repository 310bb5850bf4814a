"""`Beginning`: what the training of a GAN begins with; and `playing`, which sets up its networks."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from intaglio.models.card import ModelCard
from intaglio.models.gan.initialization import INITIALIZATIONS
from intaglio.pruning.channel_scales import folded_state
from intaglio.pruning.mask import Mask
from intaglio.pruning.masking import masked
from intaglio.storage.pretrained import Pretrained, Source
from intaglio.storage.ticket import Ticket
from intaglio.training.assembly import seeded
from intaglio.training.gan.spec import AdversarialSpec
from intaglio.vocabulary.errors import InputError
from intaglio.vocabulary.spec import Spec

GENERATOR, DISCRIMINATOR = "generator", "discriminator"


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """By the part that a network has in the game; what is not named begins fresh and dense. Nothing given is changed."""

    networks: Mapping[str, Pretrained] = field(default_factory=lambda: MappingProxyType({}))
    """Weights to begin with, and configurations, which settings overrule; the mask of a ticket is trained with."""
    masks: Mapping[str, Mask] = field(default_factory=lambda: MappingProxyType({}))
    """Masks to train with, instead of those of tickets."""
    teacher: Pretrained | None = None
    """A discriminator that the one in training is to agree with."""

    def mask(self, part: str) -> Mask:
        """The mask of a part, without names where it is dense."""
        ticket = self.networks[part].ticket if part in self.networks else None
        return self.masks.get(part, ticket.mask if ticket else Mask({}))

    def sided(self, part: str, settings: Mapping[str, Any], side: int) -> dict[str, Any]:
        """Settings of a discriminator of pictures of a side; one that is there already keeps the side that it is told for."""
        return dict(settings) if part in self.networks else {"side": side, **settings}

    def digests(self) -> dict[str, dict[str, str]]:
        """Fields of a description that say what is begun with."""
        masks = {part: self.mask(part) for part in {*self.networks, *self.masks}}
        return {
            "start": {part: network.digest() for part, network in sorted(self.networks.items())},
            "masks": {part: mask.digest() for part, mask in sorted(masks.items()) if mask},
        }


@dataclass(frozen=True, kw_only=True)
class Player:
    """A network in training."""

    card: ModelCard
    config: Spec
    network: nn.Module
    mask: Mask

    def begun(self) -> Pretrained:
        """What it is now, as a value of its own."""
        return self._valued(copy.deepcopy(self.network), "The weights that a training began with.")

    def finished(self, network: nn.Module, *notes: str) -> Pretrained:
        """What came of it, as a value: its own network, or an average of it; without scales of channels."""
        with torch.random.fork_rng(devices=()):
            plain = self.card.build(self.config)
        plain.load_state_dict(folded_state(network))
        return self._valued(plain, *notes)

    def _valued(self, network: nn.Module, *notes: str) -> Pretrained:
        return Pretrained(
            card=self.card,
            config=self.config,
            network=network.eval().requires_grad_(False),
            source=Source(notes=notes),
            ticket=Ticket(mask=self.mask) if self.mask else None,
        )


@contextmanager
def playing(
    parts: Mapping[str, tuple[ModelCard, Mapping[str, Any]]], spec: AdversarialSpec, beginning: Beginning
) -> Iterator[dict[str, Player]]:
    """The networks of a game, masked while the block lasts.

    Args:
        parts: for each, the card and settings of its network.
        spec: how fresh weights are drawn.
        beginning: what is there already.

    Raises:
        InputError: a part that the game does not have, or a network that is not of its kind or of other widths.
        SpecError: settings that a network does not have.
        UnknownNameError: no initialization of that name.
        WeightsError: the mask of another network.

    """
    if left := sorted({*beginning.networks, *beginning.masks} - set(parts)):
        raise InputError(f"there is no {left[0]} in this game; its networks are {', '.join(parts)}")
    with ExitStack() as stack:
        players = {part: _player(part, *known, spec, beginning) for part, known in parts.items()}
        for player in players.values():
            stack.enter_context(masked(dict(player.network.named_parameters()), player.mask))
        yield players


def _player(part: str, card: ModelCard, settings: Mapping[str, Any], spec: AdversarialSpec, beginning: Beginning) -> Player:
    start = beginning.networks.get(part)
    if start is not None and start.card is not card:
        raise InputError(
            f"the {part} is a {card.name}, and {start.card.name} {start.digest()} is given; start from one of its kind"
        )
    given = start.config.model_dump() if start else {}
    config = card.config.parse({**given, **settings}, where=part)
    draw = INITIALIZATIONS[spec.initialization]
    with seeded(spec.training.seed, part):
        network = card.build(config)
        draw(network)
    if start is not None:
        if config != start.config:
            other = next(name for name, value in config if value != getattr(start.config, name))
            raise InputError(
                f"{other} of the {part} is {getattr(config, other)}, and that of {start.digest()} "
                f"is {getattr(start.config, other)}; leave the setting out, or start from another"
            )
        network.load_state_dict(start.network.state_dict())
    return Player(card=card, config=config, network=network.requires_grad_(True), mask=beginning.mask(part))
