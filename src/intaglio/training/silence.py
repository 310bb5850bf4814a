"""Layers that nothing reaches: what they read is zero for every picture, and no gradient gets by them to the layers before."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from torch import Tensor, nn


@contextmanager
def listening(network: nn.Module) -> Iterator[Callable[[], list[str]]]:
    """Listen to a network while it is run.

    Yields:
        What tells the names of the convolutions and linear layers that were run, and have read nothing but zeros.

    """
    reached: dict[str, bool] = {}

    def note(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(_layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            reached[name] = reached.get(name, False) or bool(inputs[0].any())

        return hook

    with ExitStack() as hooks:
        for name, layer in network.named_modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                hooks.enter_context(layer.register_forward_pre_hook(note(name)))
        yield lambda: [name for name, one in reached.items() if not one]
