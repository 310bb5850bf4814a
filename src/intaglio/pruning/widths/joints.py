"""The widths of a network: channels of several layers that can only go together.

An output channel and the inputs that are made of it are one; so are the channels that are added to each other, multiplied with
each other or set side by side for the same reader. All channels that touch the same layers in the same way form a width.

A width is free if the network with one channel less is one that a configuration describes; the others stay as they are. So what
is made here can always be saved as a configuration and weights, and be loaded by the package alone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from intaglio.models.card import ModelCard
from intaglio.pruning.widths.channels import Layer, Normalization, groups_of, inputs_of, layers_of, matrix_of, outputs_of
from intaglio.pruning.widths.probing import RESULT, Probe
from intaglio.vocabulary.spec import Spec

Side = Literal["in", "out"]
Place = tuple[str, Side, int]
"""A channel of a layer: its name, the side, the channel's number."""


@dataclass(frozen=True, kw_only=True)
class Joint:
    """Channels that can only go together."""

    places: tuple[Place, ...]
    part: tuple[int, ...]
    """Which groups of grouped convolutions it belongs to: of each part as many have to stay."""


Width = tuple[Joint, ...]
"""All joints of the same layers, in the order of the channels."""


def widths_of(network: nn.Module, found: Probe) -> list[Width]:
    """The widths of a network that pictures and result leave free, in the order of its layers.

    Args:
        network: which was probed.
        found: what was found.

    """
    layers = layers_of(network)
    same = _Union()
    fixed: set[Place] = set()
    for reading in found.readings:
        for number, channel in enumerate(reading.channels.tolist()):
            if channel < 0:
                continue
            outputs: Place = (reading.of, "out", channel)
            if reading.by == RESULT:
                fixed.add(outputs)
            else:
                same.join(outputs, (reading.by, "in", number))
    for name, layer in layers.items():
        if isinstance(layer, Normalization):
            for channel in range(layer.num_features):
                same.join((name, "in", channel), (name, "out", channel))
    stays = {same.root(place) for place in fixed}
    widths: dict[frozenset[tuple[tuple[str, Side], int]], list[Joint]] = defaultdict(list)
    for root, places in same.sets().items():
        read = {(name, side) for name, side, _ in places}
        if root in stays or any(side == "out" and name in found.mixed for name, side in read):
            continue
        if any(side == "out" for _, side in read):
            alike = frozenset(Counter((name, side) for name, side, _ in places).items())
            widths[alike].append(Joint(places=tuple(places), part=_part(places, layers)))
    order = {name: number for number, name in enumerate(layers)}
    ordered = (tuple(sorted(joints, key=lambda one: _first(one, order))) for joints in widths.values())
    return sorted(ordered, key=lambda width: _first(width[0], order))


def free_widths(card: ModelCard, config: Spec, network: nn.Module, widths: Sequence[Width]) -> list[Width]:
    """Those that a configuration can make narrower."""
    # Shapes alone, without memory.
    shapes = {name: torch.zeros((), dtype=torch.bool).expand(tensor.shape) for name, tensor in network.state_dict().items()}
    layers = layers_of(network)

    def fits(width: Width) -> bool:
        parts = Counter(joint.part for joint in width)
        if len(set(parts.values())) > 1 or min(parts.values()) < 2:
            return False
        first = {joint.part: joint for joint in reversed(width)}.values()
        state = without(shapes, layers, [place for joint in first for place in joint.places])
        return described(card, config, layers, state) is not None

    return [width for width in widths if fits(width)]


def described(card: ModelCard, config: Spec, layers: Mapping[str, Layer], state: Mapping[str, Tensor]) -> Spec | None:
    """The configuration of a network of these shapes; None if there is none.

    Args:
        card: of the network.
        config: of the network that it was.
        layers: of that network.
        state: tensors by name; those that a narrower network does not have any more are left over.

    """
    if card.narrowed is None:
        return None
    outputs = {name: outputs_of(layer, state[key]) for name, layer in layers.items() if (key := f"{name}.weight") in state}
    try:
        # Validated: a copy with updates is not.
        made = card.config.model_validate(card.narrowed(config, outputs).model_dump())
        with torch.device("meta"):
            shapes = {name: tensor.shape for name, tensor in card.build(made).state_dict().items()}
    except ValueError:
        return None
    return made if all(name in state and state[name].shape == shape for name, shape in shapes.items()) else None


def without(state: Mapping[str, Tensor], layers: Mapping[str, Layer], places: Iterable[Place]) -> dict[str, Tensor]:
    """The state of a network without these channels; vectors of spectral normalization are not of length 1 any more."""
    gone: dict[str, dict[Side, set[int]]] = defaultdict(lambda: {"in": set(), "out": set()})
    for name, side, number in places:
        gone[name][side].add(number)
    made = dict(state)
    for name, numbers in gone.items():
        layer = layers[name]
        outputs = _kept(outputs_of(layer), numbers["out"])
        normalizing = isinstance(layer, Normalization)
        for key in ("bias", "running_mean", "running_var", "u", *(("weight",) if normalizing else ())):
            if f"{name}.{key}" in made:
                made[f"{name}.{key}"] = made[f"{name}.{key}"][outputs]
        if not normalizing:
            inputs = _kept(inputs_of(layer), numbers["in"])
            made[f"{name}.weight"] = _sliced(made[f"{name}.weight"], layer, outputs, inputs)
            if f"{name}.v" in made:
                # Spectral normalization has a number for each input and position.
                made[f"{name}.v"] = made[f"{name}.v"].view(inputs_of(layer), -1)[inputs].flatten()
    return made


def _sliced(weight: Tensor, layer: Layer, outputs: Tensor, inputs: Tensor) -> Tensor:
    """A weight with some of its outputs and inputs, of each group as many; those of different groups do not meet."""
    matrix = matrix_of(layer, weight)
    groups, per_output, per_input, _ = matrix.shape
    pieces = [
        matrix[group][outputs[outputs // per_output == group] % per_output][:, inputs[inputs // per_input == group] % per_input]
        for group in range(groups)
    ]
    made = torch.stack(pieces)
    made = made.transpose(1, 2) if isinstance(layer, nn.ConvTranspose2d) else made
    return made.reshape(-1, made.shape[2], *weight.shape[2:])


def _kept(channels: int, gone: set[int]) -> Tensor:
    return torch.tensor([number for number in range(channels) if number not in gone])


def _part(places: Sequence[Place], layers: Mapping[str, Layer]) -> tuple[int, ...]:
    """The groups of grouped convolutions that these channels are in, layer by layer."""
    found = {
        (name, side, number * groups // (inputs_of(layer) if side == "in" else outputs_of(layer)))
        for name, side, number in places
        if (groups := groups_of(layer := layers[name])) > 1
    }
    return tuple(group for _, _, group in sorted(found))


def _first(joint: Joint, order: Mapping[str, int]) -> tuple[int, int]:
    """The layer and the channel that a joint begins with."""
    return min((order[name], number) for name, side, number in joint.places if side == "out")


class _Union:
    """Sets of channels that grow together."""

    def __init__(self) -> None:
        self._above: dict[Place, Place] = {}

    def root(self, place: Place) -> Place:
        """What stands for its set."""
        above = self._above.setdefault(place, place)
        while above != place:
            # Half of the way is left out for the next one.
            self._above[place] = self._above[above]
            place, above = above, self._above[above]
        return place

    def join(self, one: Place, other: Place) -> None:
        """Make one set of two."""
        self._above[self.root(one)] = self.root(other)

    def sets(self) -> dict[Place, list[Place]]:
        """All of them."""
        found: dict[Place, list[Place]] = defaultdict(list)
        for place in list(self._above):
            found[self.root(place)].append(place)
        return found
