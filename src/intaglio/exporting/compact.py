"""`compacted`: a network without the channels that say nothing, with the same output.

A channel goes if each of its readers can do without it: a reader with no weights for it, or one that always reads the same
value there. What that value adds is the same everywhere, and folded into the reader's bias; not if the reader pads with zeros,
where it is another at the border, unless the value itself is zero. Then others may have become constant, and it begins anew.

The result is described by its widths; loading it needs nothing of this.
"""

import copy
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from intaglio.exporting.constants import Values, constant_by_weights
from intaglio.exporting.settled import settled
from intaglio.pruning.widths.channels import Layer, Normalization, inputs_of, layers_of, matrix_of, outputs_of
from intaglio.pruning.widths.example import example_inputs
from intaglio.pruning.widths.joints import Joint, Width, described, free_widths, widths_of, without
from intaglio.pruning.widths.probing import probe
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import IntaglioError, OptionError

# Of the size of the output: weights are float32, and whitening enlarges.
_TOLERATED = 1e-4


@dataclass(frozen=True)
class Removal:
    """What was removed from a layer."""

    name: str
    before: int
    """Channels."""
    after: int


def compacted(network: Pretrained, constants: Values | None = None, *, multiple: int = 1) -> tuple[Pretrained, list[Removal]]:
    """Remove channels that say nothing.

    Args:
        network: of any kind whose widths are configuration; it stays as it is.
        constants: what was found on pictures; filters without weights are found in any case.
        multiple: widths are rounded up to a multiple of it, with channels that could go.

    Returns:
        The smaller network, dense, without training's heads and spectral normalization; and what was removed from layers that
        could lose something. The network itself if nothing can go.

    Raises:
        OptionError: a kind of network whose widths are no configuration, layers that share a weight, or a multiple below 1.

    """
    card = network.card
    if card.narrowed is None:
        raise OptionError(f"{card.name} cannot be made smaller: its configuration has no widths")
    if multiple < 1:
        raise OptionError(f"widths cannot be multiples of {multiple}; give 1 or more, 8 and 16 suit processors")
    _refuse_shared(network.network)
    plain, taken = settled(network), example_inputs(card, network.network)
    work = copy.deepcopy(plain.network).double().eval()

    def run(network: nn.Module) -> Tensor:
        made: Tensor = network(*_doubled(taken))
        return made

    layers = layers_of(work)
    widths = free_widths(card, plain.config, work, widths_of(work, probe(work, run)))
    going: list[Joint] = []
    while True:
        values = _merged(constant_by_weights(work, run), constants or {})
        more = _more(widths, going, layers, values, multiple)
        if not more:
            break
        for joint in more:
            _silence_(joint, layers, values)
        going += more
    removals = _removals(widths, going, layers)
    if not going:
        return replace(network, ticket=None), removals
    state = without(work.float().state_dict(), layers, [place for joint in going for place in joint.places])
    config = described(card, plain.config, layers, state)
    assert config is not None
    # Fresh weights are drawn, and replaced; the caller's generator is left alone.
    with torch.random.fork_rng(devices=()):
        made = card.build(config)
    made.load_state_dict({name: state[name] for name in made.state_dict()})
    if constants is None:
        _refuse_another(made.eval(), network.network, taken, card.name)
    return replace(network, config=config, network=made.eval().requires_grad_(False), ticket=None), removals


def empty_filters(network: nn.Module) -> dict[str, int]:
    """How many filters without weights layers have, by their names; layers without any are left out."""
    counts = {
        name: int((~matrix_of(layer).flatten(2).any(2)).sum())
        for name, layer in layers_of(network).items()
        if not isinstance(layer, Normalization)
    }
    return {name: count for name, count in counts.items() if count}


@torch.inference_mode()
def _refuse_another(made: nn.Module, network: nn.Module, taken: tuple[Tensor, ...], name: str) -> None:
    """Raise IntaglioError if the output is not the same after all; a safeguard, which no network is known to need."""
    expected, found = (copy.deepcopy(one).double().eval()(*_doubled(taken)) for one in (network, made))
    difference = float((found - expected).abs().max() / expected.abs().max().clamp_min(1))
    if not difference <= _TOLERATED:
        raise IntaglioError(
            f"{name} gives something else without these channels, by {difference:.2g}; please report this network"
        )


def _doubled(taken: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """In float64; classes are numbers of things and stay."""
    return tuple(one.double() if one.is_floating_point() else one for one in taken)


def _refuse_shared(network: nn.Module) -> None:
    """Raise OptionError if two layers have one weight: what goes from one would go from the other."""
    names: dict[int, str] = {}
    for name, parameter in network.named_parameters(remove_duplicate=False):
        other = names.setdefault(id(parameter), name)
        if other != name:
            raise OptionError(f"{other} and {name} are one weight, and cannot be made smaller; give each its own")


def _merged(proven: Values, seen: Values) -> Values:
    """Values that are proven, or else those that were seen."""
    return {name: one.where(~one.isnan(), seen[name]) if name in seen else one for name, one in proven.items()}


def _more(
    widths: Sequence[Width], going: Sequence[Joint], layers: Mapping[str, Layer], values: Values, multiple: int
) -> list[Joint]:
    """Channels that can go now, as many of each part of a width."""
    gone, found = set(going), list[Joint]()
    for width in widths:
        left = [joint for joint in width if joint not in gone]
        could: dict[tuple[int, ...], list[Joint]] = defaultdict(list)
        needed = Counter({joint.part: 0 for joint in width})
        for joint in left:
            if all(_spares(layers[name], number, values[name][number]) for name, side, number in joint.places if side == "in"):
                could[joint.part].append(joint)
            else:
                needed[joint.part] += 1
        step = -(-multiple // len(needed))
        stay = max(1, -(-max(needed.values()) // step)) * step
        for part in needed:
            spare = len([joint for joint in left if joint.part == part]) - stay
            found += could[part][len(could[part]) - max(0, spare) :]
    return found


def _spares(layer: Layer, number: int, value: Tensor) -> bool:
    """Whether a layer can do without an input of that value, NaN for several values."""
    if isinstance(layer, Normalization) or not _reading(layer, number).any():
        return True
    # At a border of zeros another value is read than elsewhere.
    alike = isinstance(layer, nn.Linear) or (
        isinstance(layer, nn.Conv2d) and (layer.padding_mode != "zeros" or set(layer.padding) == {0})
    )
    return bool(value == 0 or (not value.isnan() and alike and layer.bias is not None))


def _silence_(joint: Joint, layers: Mapping[str, Layer], values: Values) -> None:
    """Fold what readers are given of a channel, and let nobody read it; what makes it reads nothing any more."""
    for name, side, number in joint.places:
        layer = layers[name]
        if isinstance(layer, Normalization):
            continue
        if side == "out":
            group, place = divmod(number, outputs_of(layer) // len(matrix_of(layer)))
            matrix_of(layer)[group, place] = 0
            continue
        weights = _reading(layer, number)
        if layer.bias is not None and weights.any():
            group = number * len(matrix_of(layer)) // inputs_of(layer)
            layer.bias.detach().view(-1, len(weights))[group] += weights.sum(1) * values[name][number]
        weights.zero_()


def _reading(layer: Layer, number: int) -> Tensor:
    """The weights that read an input channel, (outputs, positions)."""
    matrix = matrix_of(layer)
    group, place = divmod(number, matrix.shape[2])
    return matrix[group, :, place]


def _removals(widths: Sequence[Width], going: Sequence[Joint], layers: Mapping[str, Layer]) -> list[Removal]:
    """What every layer that could lose channels has lost."""
    gone, normalizing = set(going), {name for name, layer in layers.items() if isinstance(layer, Normalization)}
    before, after = Counter[str](), Counter[str]()
    for width in widths:
        for joint in width:
            names = [name for name, side, _ in joint.places if side == "out" and name not in normalizing]
            before.update(names)
            after.update(names if joint not in gone else ())
    return [Removal(name, count, after[name]) for name, count in before.items()]
