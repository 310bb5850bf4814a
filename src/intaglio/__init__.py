"""Carve generative image networks down to what matters, and run them on pictures of any size.

The public names are loaded on first use, so that `import intaglio` is quick and needs no torch.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intaglio.storage.artifact import from_pretrained, save_pretrained
    from intaglio.stylizing.stylize import stylize
    from intaglio.vocabulary.errors import IntaglioError

__version__ = version("intaglio")

__all__ = ["IntaglioError", "__version__", "from_pretrained", "save_pretrained", "stylize"]

_HOMES = {
    "IntaglioError": "intaglio.vocabulary.errors",
    "from_pretrained": "intaglio.storage.artifact",
    "save_pretrained": "intaglio.storage.artifact",
    "stylize": "intaglio.stylizing.stylize",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
