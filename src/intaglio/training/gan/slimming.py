"""`Slimming`: scales of channels while a GAN trains, and what is kept of them for channel tickets, in the folder of the run.

    begun/PART              the network that the training began with, of each part
    scales.safetensors      the scales in the end, of the parts that were slimmed

Scales are parameters of the networks that learn, and so in the checkpoints. Weights that come out are multiplied by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from intaglio.images.atomic import replacing
from intaglio.pruning.channel_scales import add_channel_scales_
from intaglio.pruning.slimming import shrink_
from intaglio.pruning.widths.narrowable import narrowable
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.pretrained import Pretrained
from intaglio.training.gan.beginning import GENERATOR, Player
from intaglio.training.gan.spec import Slim
from intaglio.vocabulary.errors import InputError, OptionError, WeightsError

_BEGUN, _SCALES = "begun", "scales.safetensors"


class Slimming:
    """Scales in the networks of a game; nothing at all where no strength is given.

    Args:
        players: by their parts; those that are slimmed get scales, before averages of them are made.
        spec: how hard.

    Raises:
        OptionError: a network that has no channels to lose.

    """

    def __init__(self, players: Mapping[str, Player], spec: Slim) -> None:
        strengths = {part: spec.generator if part.endswith(GENERATOR) else spec.discriminator for part in players}
        self.strengths = {part: strength for part, strength in strengths.items() if strength}
        self._begun = {part: player.begun() for part, player in players.items()} if self.strengths else {}
        self.scales = {part: _scales(part, players[part]) for part in self.strengths}
        """The scales, (channels,) each, by part and width."""

    def shrink_(self, *parts: str, rate: float) -> None:
        """The proximal step of the penalty, after a move at a learning rate."""
        for part in parts:
            if part in self.scales:
                shrink_(self.scales[part].values(), self.strengths[part] * rate)

    def keep(self, folder: Path) -> None:
        """Write what channel tickets are made of, if there were scales."""
        if not self.scales:
            return
        for part, begun in self._begun.items():
            save_pretrained(begun, begun_folder(folder, part))
        tensors = {
            f"{part}/{name}": scale.detach().cpu().contiguous()
            for part, found in self.scales.items()
            for name, scale in found.items()
        }
        # Last: where there are scales all is there.
        with replacing(folder / _SCALES, durable=True) as temporary:
            temporary.write_bytes(save(tensors))


@dataclass(frozen=True, kw_only=True)
class Slimmed:
    """What a training with slimming has left, by the parts of its networks."""

    begun: Mapping[str, Pretrained]
    """What was begun with, of every part."""
    scales: Mapping[str, Mapping[str, Tensor]]
    """The last scales, (channels,) each, by the names of widths; of the parts that were slimmed."""


def begun_folder(folder: Path, part: str) -> Path:
    """Where a run keeps the network that a part began with."""
    return folder / _BEGUN / part


def read_slimmed(folder: Path) -> Slimmed:
    """What the run in a folder has kept.

    Raises:
        InputError: no finished run with slimming.
        WeightsError: the scales are damaged.
        SpecError: so is a network that was begun with.

    """
    path = folder / _SCALES
    if not path.is_file():
        raise InputError(f"{folder} holds no scales of channels; name the folder of a finished run of `intaglio train --slim`")
    try:
        tensors = load(path.read_bytes())
    except SafetensorError as error:
        raise WeightsError(f"{path} is damaged: {error}; run the same training again, it goes on from its last state") from None
    scales: dict[str, dict[str, Tensor]] = {}
    for key, scale in tensors.items():
        part, _, name = key.partition("/")
        scales.setdefault(part, {})[name] = scale
    begun = {one.name: from_pretrained(one) for one in sorted((folder / _BEGUN).iterdir())}
    return Slimmed(begun=begun, scales=scales)


def _scales(part: str, player: Player) -> dict[str, nn.Parameter]:
    card = player.card
    widths = narrowable(card, player.config, player.network)
    free = {name: width for name, width in widths.items() if any(fnmatchcase(name, pattern) for pattern in card.free)}
    if not free:
        raise OptionError(f"the {part} has no channels that can go; train it without slimming, or with larger widths")
    return add_channel_scales_(player.network, free)
