"""Networks whose layers are asleep: they give noise instead of computing, so that what lies between them can be looked at."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from intaglio.pruning.widths.channels import layers_of

Run = Callable[[nn.Module], Tensor]
"""Runs a network once and gives its result; of the precision that the network has."""
Noise = Mapping[str, list[Tensor]]
"""What each layer gives, call by call."""


def noise_of(network: nn.Module, run: Run, seed: int) -> Noise:
    """Noise of the shape of what each layer gives; positive, so that no activation hides it."""
    shapes: dict[str, list[torch.Size]] = {}

    def note(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        return lambda _, __, output: shapes.setdefault(name, []).append(output.shape)

    handles = [layer.register_forward_hook(note(name)) for name, layer in layers_of(network).items()]
    try:
        run(network)
    finally:
        for handle in handles:
            handle.remove()
    generator = torch.Generator().manual_seed(seed)
    return {
        name: [torch.rand(shape, generator=generator, dtype=torch.float64) + 0.1 for shape in calls]
        for name, calls in shapes.items()
    }


@contextmanager
def asleep(network: nn.Module, instead: Callable[[str, int, Tensor], Tensor]) -> Iterator[None]:
    """Layers do not compute while the block lasts.

    Args:
        network: whose layers are put to sleep, all that `layers_of` finds.
        instead: (layer, which of its calls, what it is given) -> what it gives.

    """
    calls: dict[str, int] = {}
    layers = layers_of(network)

    def forward(name: str) -> Callable[[Tensor], Tensor]:
        def replaced(inputs: Tensor) -> Tensor:
            number = calls[name] = calls.get(name, -1) + 1
            return instead(name, number, inputs)

        return replaced

    for name, layer in layers.items():
        layer.__dict__["forward"] = forward(name)
    try:
        yield
    finally:
        for layer in layers.values():
            del layer.__dict__["forward"]


def by_channel(values: Tensor) -> Tensor:
    """(N, C, H, W) or (N, C) as (C, all others)."""
    return values.transpose(0, 1).flatten(1)
