"""The compiled module of our convolutions: found once, done without where no compiler was there to build it."""

from functools import cache
from types import ModuleType

import torch  # before the module, which then shares torch's threads


@cache
def native() -> ModuleType | None:
    """The module; None where it was not built, or does not load."""
    assert torch.__version__
    try:
        from intaglio.runtime import _native
    except ImportError:
        return None
    return _native


def instruction_sets() -> list[str]:
    """What the module can use of this processor, the fastest first; nothing where there is no module."""
    found = native()
    return found.instruction_sets() if found else []


def peak_rate() -> float:
    """Floating point operations per second of one thread that multiplies and adds in registers; 0 where there is no module."""
    found = native()
    return found.peak(instruction_sets()[0]) if found else 0.0
