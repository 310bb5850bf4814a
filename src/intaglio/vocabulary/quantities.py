"""Amounts as people write them: "1.5GB", "35.4 Mpx", "2 min 10 s"."""

import re

from intaglio.vocabulary.errors import OptionError

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_UNITS |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def parse_bytes(text: str) -> int:
    """Bytes of "800MB", "1.5 GB", "2GiB" or a plain number.

    Raises:
        OptionError: not an amount of memory, or not above zero.

    """
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([a-zA-Z]*)\s*", text)
    if match is None or match[2].lower() not in _UNITS:
        raise OptionError(f"not an amount of memory: {text!r}; write it like 800MB, 1.5GB or 2GiB")
    amount = int(float(match[1]) * _UNITS[match[2].lower()])
    if amount <= 0:
        raise OptionError(f"an amount of memory must be above zero, not {text!r}")
    return amount


def parse_size(text: str, multiple: int) -> tuple[int, int]:
    """Height and width of "512x128", which is written width first; both multiples of `multiple`.

    Raises:
        OptionError: not a size, or not such multiples.

    """
    match = re.fullmatch(r"\s*([0-9]{1,6})\s*x\s*([0-9]{1,6})\s*", text)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not width or not height or width % multiple or height % multiple:
        raise OptionError(f"not a size in multiples of {multiple}: {text!r}; write it like 512x128, width first")
    return height, width


def format_bytes(amount: float) -> str:
    """Decimal units, three significant digits: "1.24 GB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(amount) < 999.5:
            return f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{amount:.3g} TB"


def format_duration(seconds: float) -> str:
    """Like "0.8 s", "42 s", "3 min 20 s" or "2 h 5 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
