"""`Catalog`: an immutable, ordered mapping from names to things."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TypeVar

from intaglio.vocabulary.errors import UnknownNameError

T = TypeVar("T")


class Catalog(Mapping[str, T]):
    """Names to things, fixed at construction.

    Args:
        kind: what an entry is called in messages, in the singular ("model", "import format").
        entries: pairs of name and thing, in the order in which they are listed.

    Raises:
        ValueError: a name stands twice.
        UnknownNameError: on look-up of a name that is not there; the message lists near matches.

    """

    def __init__(self, kind: str, entries: Iterable[tuple[str, T]]) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}
        for name, entry in entries:
            if name in self._entries:
                raise ValueError(f"{kind} {name!r} stands twice in its catalog")
            self._entries[name] = entry

    def __getitem__(self, name: str) -> T:
        try:
            return self._entries[name]
        except KeyError:
            near = get_close_matches(name, self._entries, n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(self._entries)}"
            raise UnknownNameError(f"unknown {self.kind} {name!r}: {hint}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
