"""`Plan`: passes, tiles, memory, disk and time of a run, computed before it starts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from intaglio.models.card import ModelCard
from intaglio.runtime.operators import Operator
from intaglio.vocabulary.errors import ResourceError
from intaglio.vocabulary.quantities import format_bytes

# Tile sides tried, largest first where memory allows; multiples of every scale.
_HEIGHTS_CPU, _WIDTH_CPU = (256, 192, 128, 96, 64, 48, 32, 16), 256
_HEIGHTS_GPU, _WIDTH_GPU = (2048, 1024, 512, 256, 128, 64, 32, 16), 2048
# Interpreter, torch, its kernels and libvips before any picture is opened, measured; and what the allocator holds back.
_PROCESS_BYTES, _SLACK = 420_000_000, 1.25


@dataclass(frozen=True, kw_only=True)
class PassPlan:
    """One pass over the picture."""

    name: str
    macs: float
    """Multiply-adds per pixel of the picture, as executed."""
    written_bytes: int
    """What it writes to disk for later passes."""
    kept_bytes: int
    """What lies on disk when it is done, for later passes."""
    memory: int
    """Bytes of tiles, carried edges and bands while it runs."""
    ways: tuple[str, ...] = ()
    """How its layers are computed, in order."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run will do."""

    height: int
    width: int
    padded_height: int
    padded_width: int
    tile: tuple[int, int]
    """Height and width in pixels of the picture."""
    passes: tuple[PassPlan, ...]
    device: torch.device
    memory: int
    """Peak resident memory expected, bytes."""
    disk: int
    """Peak scratch space, bytes."""
    seconds: float | None = None
    """Time estimate; None until measured."""
    journal_seconds: float = 10.0
    """How often a run notes where it is."""

    @property
    def megapixels(self) -> float:
        """Of the picture as given."""
        return self.height * self.width / 1e6

    @property
    def ways(self) -> str:
        """How each layer of each pass is computed, of which the last bits of the picture depend."""
        return "; ".join(", ".join(one.ways) for one in self.passes)


Outline = Callable[[int, int, tuple[int, int], Sequence[tuple[int, int]]], list[PassPlan]]
"""What a network's passes cost: (padded height and width, tile, heights and widths of the styles) -> passes."""


def make_plan(
    outline: Outline,
    card: ModelCard,
    size: tuple[int, int],
    styles: Sequence[tuple[int, int]],
    *,
    memory: int | None,
    device: torch.device,
    tile: tuple[int, int] | None = None,
    spool_bytes: int = 0,
) -> Plan:
    """Choose tiles that fit.

    Args:
        outline: of the network.
        card: its facts.
        size: height and width of the picture.
        styles: their heights and widths.
        memory: resident bytes allowed; None for no limit.
        device: where it runs.
        tile: forced height and width of tiles.
        spool_bytes: bytes of the decoded pictures and of the output, raw and encoded, on disk.

    Raises:
        ResourceError: not even the smallest tiles fit into `memory`.

    """
    height, width = size
    padded = [_padded(side, card) for side in size]
    heights, tile_width = (_HEIGHTS_GPU, _WIDTH_GPU) if device.type == "cuda" else (_HEIGHTS_CPU, _WIDTH_CPU)
    candidates = [tile] if tile else [(one, tile_width) for one in heights]
    for candidate in candidates:
        passes = outline(padded[0], padded[1], candidate, styles)
        needed = int(_PROCESS_BYTES + _SLACK * max(one.memory for one in passes))
        if tile or memory is None or needed <= memory:
            break
    else:
        least = format_bytes(needed)
        given = format_bytes(memory or 0)
        raise ResourceError(f"a picture of {width}x{height} needs {least} of memory, {given} is allowed; raise --memory")
    before = [0, *(one.kept_bytes for one in passes)]
    disk = max(kept + one.written_bytes for kept, one in zip(before, passes, strict=False)) + spool_bytes
    return Plan(
        height=height,
        width=width,
        padded_height=padded[0],
        padded_width=padded[1],
        tile=candidate,
        passes=tuple(passes),
        device=device,
        memory=needed,
        disk=disk,
    )


def _padded(side: int, card: ModelCard) -> int:
    wanted = max(side, card.smallest_side)
    return -(-wanted // card.size_multiple) * card.size_multiple


def ways_of(chain: Sequence[Operator]) -> tuple[str, ...]:
    """How each layer with weights of a chain is computed."""
    return tuple(f"{one.name} {one.way}" for one in chain if one.macs)


def chain_cost(chain: Sequence[Operator], scale: int, width: int, tile: tuple[int, int]) -> tuple[float, float]:
    """Multiply-adds per pixel of the picture, and bytes of tiles and carried edges.

    Args:
        chain: operators in order.
        scale: pixels per cell of what goes in.
        width: of the picture, pixels.
        tile: height and width, pixels.

    """
    macs = edges = largest = 0.0
    for operator in chain:
        macs += operator.macs / scale**2
        row = 4 * operator.channels * width / scale
        # Held twice while the next ones are collected.
        edges += 2 * operator.reach.carried * row
        tile_cells = (tile[0] + 150) * (tile[1] + 150) / scale**2
        scale = operator.reach.rescaled(scale)
        after = (tile[0] + 150) * (tile[1] + 150) / scale**2
        largest = max(largest, 4 * (2 * tile_cells * operator.channels + 2 * after * operator.outputs))
    return macs, edges + largest
