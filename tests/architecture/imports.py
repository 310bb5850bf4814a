"""The rows, and which imports they allow: down, or inside one's own package; never up, never sideways."""

import ast
from collections.abc import Iterator
from importlib.util import resolve_name

from architecture.source_tree import Tree, package_of, parse

DOOR = "intaglio"
ROWS: tuple[tuple[str, ...], ...] = (
    ("vocabulary", "samples"),
    ("models", "images", "pages"),
    ("pruning", "distillation", "objectives", "metrics", "data"),
    ("storage", "runtime"),
    ("engines",),
    ("training", "stylizing", "exporting"),
    ("studies",),
    ("web",),
    ("cli",),  # the command line starts the web page, so it stands above it
)
LEVELS = {package: level for level, row in enumerate(ROWS) for package in row}
TOP = "cli"
COMPUTED = "(computed)"


def import_violations(tree: Tree) -> list[str]:
    """One line per import that the rows do not allow."""
    return [
        f"{path}:{line}: {reason}"
        for path, source in tree.items()
        for line, target in imports_of(path, source)
        if (reason := _refusal(path, target))
    ]


def imports_of(path: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything of this package that a file imports, wherever in the file the import stands."""
    for node in ast.walk(parse(path, source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = _names_from(node, path)
        elif isinstance(node, ast.Call) and _is_import_call(node):
            names = [_name_called(node, path)]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name == COMPUTED or name.split(".")[0] == DOOR)


def _names_from(node: ast.ImportFrom, path: str) -> list[str]:
    origin = resolve_name("." * node.level + (node.module or ""), package_of(path))
    if origin != DOOR:
        return [origin]
    # `from intaglio import models` reaches a package, `from intaglio import load` goes through the door.
    return [f"{DOOR}.{alias.name}" if alias.name in LEVELS else DOOR for alias in node.names]


def _is_import_call(node: ast.Call) -> bool:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return called in {"import_module", "__import__"}


def _name_called(node: ast.Call, path: str) -> str:
    if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
        return resolve_name(node.args[0].value, package_of(path))
    return COMPUTED


def _refusal(path: str, target: str) -> str:
    """Why the file may not import the target; empty if it may."""
    parts = path.removesuffix(".py").split("/")
    if parts[1:] in (["__init__"], ["__main__"]):
        return ""
    own = parts[1]
    if own not in LEVELS:
        return f"{own} stands in no row"
    if own == TOP:
        return ""
    if target == COMPUTED:
        return "imports a computed name, which nobody can check"
    if target == DOOR:
        return f"imports the public door; only {TOP} may"
    other = target.split(".")[1]
    if other not in LEVELS:
        return f"imports {target}, which stands in no row"
    if other != own and LEVELS[other] >= LEVELS[own]:
        return f"imports {target}, which is {'beside' if LEVELS[other] == LEVELS[own] else 'above'} {own}"
    return ""
