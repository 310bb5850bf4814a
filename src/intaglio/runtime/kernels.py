"""Our compiled CPU kernels: found once, used where the processor has their instructions, done without elsewhere."""

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch

_LIBRARY = Path(__file__).with_name("libkernels.so")


@cache
def _library() -> ctypes.CDLL | None:
    if not _LIBRARY.exists() or torch.backends.cpu.get_cpu_capability() != "AVX512":
        return None
    try:
        return ctypes.CDLL(str(_LIBRARY))
    except OSError:
        return None


@cache
def kernel(name: str, signature: str) -> Callable[..., None] | None:
    """The function `name`, or None where there are no kernels.

    Args:
        name: as in the library.
        signature: its arguments, a letter each: `p` a pointer, `s` a signed size, `i` an int.

    """
    library = _library()
    if library is None:
        return None
    types = {"p": ctypes.c_void_p, "s": ctypes.c_ssize_t, "i": ctypes.c_int}
    function = getattr(library, name)
    function.argtypes = [types[letter] for letter in signature]
    function.restype = None
    return function  # type: ignore[no-any-return]  # ctypes has no type for a foreign function
