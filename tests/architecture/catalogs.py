"""Catalogs: every card is in one, and nobody asks for an entry by name in an `if`."""

import ast
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

from architecture.source_tree import Tree, module_of, parse

MODEL_CATALOG = "intaglio/models/catalog.py"
MODEL_FAMILIES = ("intaglio.models.style.", "intaglio.models.gan.", "intaglio.models.classify.")


def card_violations(tree: Tree) -> list[str]:
    """Model files with a `CARD` that the catalog does not list, and listed ones without a `CARD`."""
    with_card = {
        module_of(path)
        for path, source in tree.items()
        if module_of(path).startswith(MODEL_FAMILIES) and _assigns_card(parse(path, source))
    }
    listed = set(_modules_listed(parse(MODEL_CATALOG, tree[MODEL_CATALOG])))
    return [f"{module} has a CARD, but is not in {MODEL_CATALOG}" for module in sorted(with_card - listed)] + [
        f"{module} is in {MODEL_CATALOG}, but has no CARD" for module in sorted(listed - with_card)
    ]


def _assigns_card(module: ast.Module) -> bool:
    for node in module.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if any(isinstance(target, ast.Name) and target.id == "CARD" for target in targets):
            return True
    return False


def _modules_listed(catalog: ast.Module) -> Iterator[str]:
    """Modules whose `CARD` the catalog uses, as `adain.CARD` or imported under a name of its own."""
    modules: dict[str, str] = {}
    cards: dict[str, str] = {}
    for node in ast.walk(catalog):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == "CARD":
                    cards[alias.asname or alias.name] = str(node.module)
                else:
                    modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(catalog):
        if isinstance(node, ast.Attribute) and node.attr == "CARD" and isinstance(node.value, ast.Name):
            yield modules.get(node.value.id, node.value.id)
        elif isinstance(node, ast.Name) and node.id in cards:
            yield cards[node.id]


def name_comparison_violations(tree: Tree, keys: Collection[str]) -> list[str]:
    """Comparisons with a key of a catalog, in `==`, `in` or `match`, outside the catalogs."""
    return [
        f"{path}:{line}: compares with the catalog key {key!r}; read the card, or make it a field of it"
        for path, source in tree.items()
        if PurePosixPath(path).name != "catalog.py"
        for line, key in _keys_compared(parse(path, source), keys)
    ]


def _keys_compared(module: ast.Module, keys: Collection[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Compare):
            operands: list[ast.expr] = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            operands = [node.value]
        else:
            continue
        for operand in operands:
            elements = operand.elts if isinstance(operand, (ast.Tuple, ast.List, ast.Set)) else [operand]
            for element in elements:
                if isinstance(element, ast.Constant) and isinstance(element.value, str) and element.value in keys:
                    yield element.lineno, element.value
