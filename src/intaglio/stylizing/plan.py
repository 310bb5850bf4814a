"""`Plan`: passes, tiles, memory, disk and time of a run, computed before it starts."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from intaglio.models.card import ModelCard
from intaglio.models.style.network import Stage
from intaglio.runtime.operators import Operator, Target
from intaglio.stylizing.passes import decoder_operators, encoder_operators, kept_after
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
    kept_bytes: int
    """What it leaves on disk for the next pass."""
    memory: int
    """Bytes of tiles, carried edges and bands while it runs."""


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


def make_plan(
    stages: Sequence[Stage],
    card: ModelCard,
    height: int,
    width: int,
    *,
    memory: int | None,
    device: torch.device,
    tile: tuple[int, int] | None = None,
    spool_bytes: int = 0,
) -> Plan:
    """Choose tiles that fit.

    Args:
        stages: of the network.
        card: its facts.
        height: of the picture.
        width: of the picture.
        memory: resident bytes allowed; None for no limit.
        device: where it runs.
        tile: forced height and width of tiles.
        spool_bytes: bytes of the decoded pictures and of the output, raw and encoded, on disk.

    Raises:
        ResourceError: not even the smallest tiles fit into `memory`.

    """
    padded = [_padded(side, card) for side in (height, width)]
    heights, tile_width = (_HEIGHTS_GPU, _WIDTH_GPU) if device.type == "cuda" else (_HEIGHTS_CPU, _WIDTH_CPU)
    candidates = [tile] if tile else [(one, tile_width) for one in heights]
    chains = _chains(stages)
    for candidate in candidates:
        passes = _passes(stages, chains, padded[0], padded[1], candidate)
        needed = int(_PROCESS_BYTES + _SLACK * max(one.memory for one in passes))
        if tile or memory is None or needed <= memory:
            break
    else:
        least = format_bytes(needed)
        given = format_bytes(memory or 0)
        raise ResourceError(f"a picture of {width}x{height} needs {least} of memory, {given} is allowed; raise --memory")
    kept = [0, *(one.kept_bytes for one in passes)]
    disk = max(before + after for before, after in itertools.pairwise(kept)) + spool_bytes
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


def _chains(stages: Sequence[Stage]) -> list[list[Operator]]:
    """The operators of each pass."""
    target = Target(torch.device("cpu"))
    chains: list[list[Operator]] = []
    for step in range(len(stages) + 1):
        chain: list[Operator] = []
        if step:
            before = stages[step - 1]
            if not kept_after(before).encoded:
                chain += encoder_operators(before, target)
            chain += decoder_operators(before, target, None)
        if step < len(stages):
            chain += encoder_operators(stages[step], target)
        chains.append(chain)
    return chains


def _passes(
    stages: Sequence[Stage], chains: list[list[Operator]], height: int, width: int, tile: tuple[int, int]
) -> list[PassPlan]:
    passes = []
    for step, chain in enumerate(chains):
        source = kept_after(stages[step - 1]) if step else None
        scale = source.scale if source and source.encoded else 1
        kept = kept_after(stages[step]) if step < len(stages) else None
        macs, memory = _cost(chain, scale, width, tile)
        # The band that is read and the band that is written, whole rows of the picture; the output's once more as it is
        # rounded.
        memory += tile[0] * width * (source.bytes_per_pixel if source else 16)
        memory += tile[0] * width * (kept.bytes_per_pixel if kept else 24)
        name = "encode" if step == 0 else f"stage {step} of {len(stages)}"
        on_disk = int(kept.bytes_per_pixel * height * width) if kept and (kept.encoded or step) else 0
        passes.append(PassPlan(name=name, macs=macs, kept_bytes=on_disk, memory=int(memory)))
    return passes


def _cost(chain: Sequence[Operator], scale: int, width: int, tile: tuple[int, int]) -> tuple[float, float]:
    """Multiply-adds per pixel of the picture, and bytes of tiles and carried edges."""
    macs = edges = largest = 0.0
    for operator in chain:
        macs += operator.macs / scale**2
        row = 4 * operator.channels * width / scale
        # At most three rows, held twice while the next ones are collected.
        edges += 6 * row if operator.reach.kind != "point" else 0
        tile_cells = (tile[0] + 150) * (tile[1] + 150) / scale**2
        if operator.reach.kind == "double":
            scale //= 2
        elif operator.reach.kind == "halve":
            scale *= 2
        after = (tile[0] + 150) * (tile[1] + 150) / scale**2
        largest = max(largest, 4 * (2 * tile_cells * operator.channels + 2 * after * operator.outputs))
    return macs, edges + largest
