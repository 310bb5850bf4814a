"""What the machine has left, checked before work starts."""

import shutil
import time
from pathlib import Path

import psutil
import torch

from intaglio.runtime.layers import convolution
from intaglio.runtime.operators import Taps, Target
from intaglio.runtime.winograd import suits, winograd_convolution
from intaglio.vocabulary.errors import ResourceError
from intaglio.vocabulary.quantities import format_bytes

# Share of the free memory a run takes when it is not told.
_MEMORY_SHARE = 0.8
# Kept free on the disk beside what a run needs.
_DISK_MARGIN = 200_000_000
# What copies, statistics and files cost beside the convolutions, measured on the 16x cascade.
_OVERHEAD = 1.6


def memory_limit(asked: int | None) -> int:
    """Resident bytes a run may take: what was asked for, or most of what is free."""
    return asked if asked is not None else int(_MEMORY_SHARE * psutil.virtual_memory().available)


def check_disk(folder: Path, needed: int) -> None:
    """Refuse a run that its folder has no room for.

    Raises:
        ResourceError: less than `needed` bytes and a margin are free.

    """
    free = shutil.disk_usage(folder).free
    if free < needed + _DISK_MARGIN:
        raise ResourceError(
            f"{folder} has {format_bytes(free)} free, the run needs {format_bytes(needed + _DISK_MARGIN)}; "
            "free some, or write to another disk"
        )


def estimate_seconds(macs: float, target: Target) -> float:
    """Seconds that `macs` multiply-adds of convolutions will take here, from a tenth of a second of trial."""
    channels, side = 64, 66
    taps = Taps("trial", torch.zeros(channels, channels, 3, 3).double(), torch.zeros(channels).double())
    make = winograd_convolution if suits(taps, target) else convolution
    trial = make(taps, False, target)
    x = torch.zeros(1, channels, side, side, dtype=target.dtype, device=target.device)
    x = x.contiguous(memory_format=torch.channels_last)
    count, began = 0, 0.0
    with torch.inference_mode():
        trial.run(x, side - 2, side - 2)
        began = time.perf_counter()
        while time.perf_counter() - began < 0.1:
            # The result is read, so that a device that works behind our back has finished.
            float(trial.run(x, side - 2, side - 2)[0, 0, 0, 0])
            count += 1
    rate = count * trial.macs * (side - 2) ** 2 / (time.perf_counter() - began)
    return _OVERHEAD * macs / rate
