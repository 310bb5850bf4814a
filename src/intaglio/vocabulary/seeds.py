"""Seeds by counting, not by state: every random draw is named, so that resuming needs no generator state."""

import hashlib


def derive_seed(root: int, *names: str | int) -> int:
    """A 63-bit seed for the draw called `names` under the seed `root`.

    The same arguments give the same seed on every machine and in every process (SHA-256), and different names give
    unrelated ones.
    """
    text = "\x1f".join([str(root), *(f"{type(name).__name__}:{name}" for name in names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
