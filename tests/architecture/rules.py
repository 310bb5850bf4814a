"""The house rules that are no imports: names, sizes, and what only the command line may do."""

import ast
from collections.abc import Iterator

from architecture.source_tree import Tree, parse

DRAWERS = frozenset({"util", "utils", "helper", "helpers", "common", "misc", "core", "base", "manager", "managers"})
LONGEST = 350
MOST_PUBLIC_NAMES = 5

_EXITS = frozenset({"exit", "quit", "_exit"})
_ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv"})


def drawer_violations(tree: Tree) -> list[str]:
    """Files and folders whose name says that things are kept there, not what."""
    return [
        f"{path}: {word!r} is a drawer, not a name"
        for path in tree
        for part in path.removesuffix(".py").split("/")
        for word in part.split("_")
        if word in DRAWERS
    ]


def length_violations(tree: Tree) -> list[str]:
    """Files longer than a reader keeps in mind."""
    lengths = {path: len(source.splitlines()) for path, source in tree.items()}
    return [f"{path}: {length} lines, at most {LONGEST}" for path, length in lengths.items() if length > LONGEST]


def public_name_violations(tree: Tree) -> list[str]:
    """Files that offer more than a handful of classes and functions.

    Error classes are not counted: a tree of errors is one drawing, and is read as one.
    """
    found = []
    for path, source in tree.items():
        definitions = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        names = [node.name for node in parse(path, source).body if isinstance(node, definitions)]
        public = [name for name in names if not name.startswith("_") and not name.endswith("Error")]
        if len(public) > MOST_PUBLIC_NAMES and not path.endswith("__init__.py"):
            found.append(f"{path}: {len(public)} public names, at most {MOST_PUBLIC_NAMES}: {', '.join(public)}")
    return found


def surface_violations(tree: Tree) -> list[str]:
    """Printing, exiting and reading the environment anywhere but in the command line."""
    return [
        f"{path}:{line}: {what}; only cli/ may"
        for path, source in tree.items()
        if not path.startswith("intaglio/cli/") and path != "intaglio/__main__.py"
        for line, what in _surface_acts(parse(path, source))
    ]


def _surface_acts(module: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            called = _last_name(node.func)
            if called == "print" or called in _EXITS:
                yield node.lineno, "prints" if called == "print" else "exits"
        elif isinstance(node, ast.Name) and node.id == "SystemExit":
            yield node.lineno, "exits"
        elif isinstance(node, ast.Attribute):
            if node.attr in _ENVIRONMENT:
                yield node.lineno, "reads the environment"
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from ((node.lineno, "reads the environment") for alias in node.names if alias.name in _ENVIRONMENT)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
