"""Names of files and folders that were given, as short as tells them apart."""

from collections.abc import Sequence
from pathlib import Path


def short_names(paths: Sequence[Path], advice: str) -> list[str]:
    """The shortest ends of the paths that tell them apart, with dashes for slashes.

    Raises:
        OptionError: one is given twice; `advice` says what to do instead.

    """
    from intaglio.vocabulary.errors import OptionError

    parts = [path.resolve().parts[1:] for path in paths]
    twice = [path for number, path in enumerate(paths) if parts[number] in parts[:number]]
    if twice:
        raise OptionError(f"{twice[0]} is given twice; {advice}")
    depth = next(depth for depth in range(1, 1 + max(map(len, parts))) if len({one[-depth:] for one in parts}) == len(parts))
    return ["-".join(one[-depth:]) for one in parts]
