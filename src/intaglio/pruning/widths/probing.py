"""`probe`: which channels of which layers each layer reads, found by experiment.

Layers with weights are put to sleep: each gives noise of the shape that it would have given. What lies between them runs as it
is: activations, pools, concatenations, additions, attention. Then the noise of some channels of one layer is exchanged, and the
inputs that change read those. Two runs for each binary digit of a channel's number tell which one it is.

No operation has to be known for that, so a network may be written as it likes, and a transfer may take content and style apart
and put them together. Inputs that many channels reach, as those behind an attention's weights or behind whitening, are asked a
second question: whether they read the value of channels that have only one. Whitening keeps those apart, attention does not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from intaglio.pruning.widths.asleep import Noise, Run, asleep, by_channel, noise_of

RESULT = ""
"""What the network gives, as if it were a layer that reads it."""
_NONE, _MANY = -1, -2
# Of values that are the same in exact arithmetic: float64, through whitening.
_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a layer reads of another."""

    of: str
    """Name of the layer whose outputs are read."""
    by: str
    """Name of the layer that reads, or `RESULT`."""
    channels: Tensor
    """(inputs,): for each input channel the output channel that it is made of, -1 for none."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What was found."""

    readings: tuple[Reading, ...]
    mixed: frozenset[str]
    """Layers whose channels cannot be told apart behind them."""


def probe(network: nn.Module, run: Run) -> Probe:
    """Find out which channels are read where.

    Args:
        network: in evaluation mode, float64; it stays as it is.
        run: on pictures that are small, with several positions at the deepest layer.

    """
    with torch.inference_mode():
        noise = noise_of(network, run, 0), noise_of(network, run, 1)
        heard = _heard(network, run, noise[0])
        found: dict[str, dict[str, Tensor]] = {}
        for names in _apart(_reached(network, run, noise, heard)):
            found |= _ask(network, run, noise, names, heard)
        mixed = [name for name, readers in found.items() if _is_mixed(readers)]
        for name in mixed:
            found[name] = _told_apart(network, run, noise[0], name, found[name])
    readings = [
        Reading(of=name, by=by, channels=channels.clamp_min(_NONE))
        for name, readers in found.items()
        for by, channels in readers.items()
        if bool((channels >= 0).any())
    ]
    return Probe(readings=tuple(readings), mixed=frozenset(name for name in mixed if _is_mixed(found[name])))


def _is_mixed(readers: Mapping[str, Tensor]) -> bool:
    return any(bool((channels == _MANY).any()) for channels in readers.values())


def _heard(network: nn.Module, run: Run, noise: Noise) -> dict[tuple[str, int], Tensor]:
    """What each layer is given in each of its calls, and the result, where layers give this."""
    heard: dict[tuple[str, int], Tensor] = {}

    def hear(name: str, number: int, inputs: Tensor) -> Tensor:
        heard[name, number] = by_channel(inputs).clone()
        # A copy: activations may work in place.
        return noise[name][number].clone()

    with asleep(network, hear):
        heard[RESULT, 0] = by_channel(run(network)).clone()
    return heard


def _reached(
    network: nn.Module, run: Run, noise: tuple[Noise, Noise], heard: Mapping[tuple[str, int], Tensor]
) -> dict[str, set[str]]:
    """Which layers read each layer."""
    found = {}
    for name in noise[0]:
        changed = _changed(heard, _heard(network, run, {**noise[0], name: noise[1][name]}), 0.0)
        found[name] = {by for by, channels in changed.items() if bool(channels.any())}
    return found


def _apart(reached: Mapping[str, set[str]]) -> list[dict[str, set[str]]]:
    """The same in few lots, in each of which no layer is read together with another, so that all can be asked at once."""
    lots: list[dict[str, set[str]]] = []
    for name, readers in reached.items():
        lot = next((lot for lot in lots if not any(readers & others for others in lot.values())), None)
        if lot is None:
            lots.append(lot := {})
        lot[name] = readers
    return lots


def _ask(
    network: nn.Module,
    run: Run,
    noise: tuple[Noise, Noise],
    reached: Mapping[str, set[str]],
    heard: Mapping[tuple[str, int], Tensor],
) -> dict[str, dict[str, Tensor]]:
    """For some layers: for each input of their readers the channel that it is made of."""
    counts = {name: len(by_channel(noise[0][name][0])) for name in reached}

    def exchanged(digit: int, value: int) -> dict[str, Tensor]:
        given = {}
        for name, count in counts.items():
            some = (torch.arange(count) >> digit & 1) == value
            pairs = zip(noise[0][name], noise[1][name], strict=True)
            given[name] = [torch.where(_shaped(some, ours), other, ours) for ours, other in pairs]
        return _changed(heard, _heard(network, run, {**noise[0], **given}), 0.0)

    numbers = _numbered(max(counts.values()), exchanged)
    return {name: {by: numbers[by] for by in sorted(readers)} for name, readers in reached.items()}


def _told_apart(network: nn.Module, run: Run, noise: Noise, name: str, found: dict[str, Tensor]) -> dict[str, Tensor]:
    """Where many channels are read: which of those that have one value, if others do not read it too."""
    channels = len(by_channel(noise[name][0]))
    levels = torch.rand((2, channels), generator=torch.Generator().manual_seed(1), dtype=torch.float64) + 0.1

    def exchanged(some: Tensor) -> dict[str, Tensor]:
        before, after = (
            _heard(
                network,
                run,
                {**noise, name: [torch.where(_shaped(some, one), _shaped(level, one), one) for one in noise[name]]},
            )
            for level in levels
        )
        return _changed(before, after, _TOLERANCE)

    # Where the first of them is read everywhere, so are all.
    first = exchanged(torch.arange(channels) == 0)
    if any(bool(first[by][reads == _MANY].all()) for by, reads in found.items() if int((reads == _MANY).sum()) > 1):
        return found
    constant = _numbered(channels, lambda digit, value: exchanged((torch.arange(channels) >> digit & 1) == value))
    return {
        by: torch.where((channels == _MANY) & (constant[by] >= 0), constant[by], channels) for by, channels in found.items()
    }


def _numbered(count: int, exchanged: Callable[[int, int], dict[str, Tensor]]) -> dict[str, Tensor]:
    """The number of the channel that changes each input, from what changes with those that have a one or a zero at a digit."""
    found: dict[str, Tensor] = {}
    for digit in range(max(1, (count - 1).bit_length())):
        with_ones, with_zeros = exchanged(digit, 1), exchanged(digit, 0)
        for by, changed in with_ones.items():
            before = found.get(by, torch.zeros(len(changed), dtype=torch.int64))
            now = torch.where(changed, before | (1 << digit), before)
            now = torch.where(changed & with_zeros[by], _MANY, now)
            now = torch.where(~changed & ~with_zeros[by], _NONE, now)
            found[by] = torch.where(before < 0, before.minimum(now), now)
    return found


def _changed(
    before: Mapping[tuple[str, int], Tensor], after: Mapping[tuple[str, int], Tensor], tolerance: float
) -> dict[str, Tensor]:
    """Which inputs of each layer are not the same, in any of its calls."""
    found: dict[str, Tensor] = {}
    for (name, number), one in before.items():
        apart = (after[name, number] - one).abs().amax(1) > tolerance
        found[name] = found[name] | apart if name in found else apart
    return found


def _shaped(values: Tensor, like: Tensor) -> Tensor:
    """A value per channel, (C,), in a shape that goes with (N, C, H, W) or (N, C)."""
    return values.view(1, -1, *[1] * (like.dim() - 2))
