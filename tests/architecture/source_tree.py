"""The sources as a plain mapping, so that every rule is a pure function over text and can be tried on a changed copy."""

import ast
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

Tree = Mapping[str, str]
"""Path below `src/` or the repository ("intaglio/models/card.py") to the text of that file."""


def read_tree(root: Path, below: str) -> dict[str, str]:
    """All Python files below a folder of `root`, keyed by their path from `root`."""
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted((root / below).rglob("*.py"))}


def parse(path: str, source: str) -> ast.Module:
    """The syntax tree; a syntax error names the file."""
    return ast.parse(source, filename=path)


def module_of(path: str) -> str:
    """ "intaglio/models/style/__init__.py" is `intaglio.models.style`."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package_of(path: str) -> str:
    """The package that relative imports of the file start from."""
    return module_of(path) if path.endswith("__init__.py") else module_of(path).rpartition(".")[0]
