"""The house is built as drawn: the rules hold for the sources, and each rule bites when a source breaks it."""

import importlib
from pathlib import Path

import pytest

from architecture.catalogs import MODEL_CATALOG, card_violations, name_comparison_violations
from architecture.imports import LEVELS, ROWS, import_violations
from architecture.rules import drawer_violations, length_violations, public_name_violations, surface_violations
from architecture.source_tree import module_of, read_tree
from intaglio.vocabulary.catalog import Catalog

ROOT = Path(__file__).parents[1]
SOURCES = read_tree(ROOT / "src", "intaglio")
TESTS = read_tree(ROOT, "tests")


def catalog_keys() -> set[str]:
    modules = [importlib.import_module(module_of(path)) for path in SOURCES if path.endswith("/catalog.py")]
    catalogs = [value for module in modules for value in vars(module).values() if isinstance(value, Catalog)]
    return {name for catalog in catalogs for name in catalog}


def test_imports_point_down_only() -> None:
    assert import_violations(SOURCES) == []


def test_every_package_stands_in_exactly_one_row() -> None:
    packages = {path.split("/")[1] for path in SOURCES if path.count("/") > 1}
    assert packages <= set(LEVELS)
    assert len(LEVELS) == sum(len(row) for row in ROWS)


def test_no_file_or_folder_is_a_drawer() -> None:
    assert drawer_violations(SOURCES | TESTS) == []


def test_no_file_is_too_long() -> None:
    assert length_violations(SOURCES | TESTS) == []


def test_no_source_file_offers_too_many_names() -> None:
    assert public_name_violations(SOURCES) == []


def test_only_the_command_line_prints_exits_and_reads_the_environment() -> None:
    assert surface_violations(SOURCES) == []


def test_every_card_is_in_the_catalog_and_every_entry_has_a_card() -> None:
    assert card_violations(SOURCES) == []


def test_nobody_compares_with_a_catalog_key() -> None:
    keys = catalog_keys()
    assert "adain" in keys
    assert name_comparison_violations(SOURCES, keys) == []


@pytest.mark.parametrize(
    ("path", "source", "reason"),
    [
        ("intaglio/models/x.py", "import intaglio.studies", "above models"),
        ("intaglio/models/x.py", "import os, intaglio.stylizing.engine as engine", "above models"),
        ("intaglio/models/x.py", "from intaglio.storage.artifact import load", "above models"),
        ("intaglio/models/x.py", "from intaglio import studies", "above models"),
        ("intaglio/models/x.py", "from .. import studies", "above models"),
        ("intaglio/models/x.py", "from ..studies import runner", "above models"),
        ("intaglio/models/style/x.py", "from ...training.loop import run", "above models"),
        ("intaglio/models/style/__init__.py", "from ...training.loop import run", "above models"),
        ("intaglio/models/x.py", "def late():\n    import intaglio.cli.main", "above models"),
        ("intaglio/models/x.py", "if TYPE_CHECKING:\n    from intaglio.web import server", "above models"),
        ("intaglio/models/x.py", "importlib.import_module('intaglio.studies.runner')", "above models"),
        ("intaglio/models/x.py", "import_module('..studies', __package__)", "above models"),
        ("intaglio/models/x.py", "__import__('intaglio.studies')", "above models"),
        ("intaglio/models/x.py", "import_module(f'intaglio.{name}')", "computed name"),
        ("intaglio/models/x.py", "from intaglio.images import reader", "beside models"),
        ("intaglio/storage/x.py", "from intaglio.runtime import dense", "beside storage"),
        ("intaglio/stylizing/x.py", "import intaglio.training.loop", "beside stylizing"),
        ("intaglio/vocabulary/x.py", "from intaglio.models.card import ModelCard", "above vocabulary"),
        ("intaglio/web/x.py", "from intaglio.cli import main", "above web"),
        ("intaglio/studies/x.py", "from intaglio import load", "public door"),
        ("intaglio/studies/x.py", "import intaglio", "public door"),
        ("intaglio/studies/x.py", "from intaglio.drawers import thing", "in no row"),
        ("intaglio/drawers/x.py", "import intaglio.models", "in no row"),
    ],
)
def test_an_import_against_the_rows_is_found(path: str, source: str, reason: str) -> None:
    found = import_violations(SOURCES | {path: source})
    assert len(found) == 1
    assert found[0].startswith(path)
    assert reason in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("intaglio/models/x.py", "from intaglio.models.card import ModelCard\nfrom . import catalog\nimport torch"),
        ("intaglio/models/x.py", "from intaglio.vocabulary import errors"),
        ("intaglio/cli/x.py", "from intaglio import load\nfrom intaglio.web import server"),
        ("intaglio/__init__.py", "from intaglio.studies.runner import run"),
        ("intaglio/__main__.py", "from intaglio.cli.main import main"),
        ("intaglio/storage/x.py", "importlib.import_module('json')"),
    ],
)
def test_an_import_along_the_rows_is_allowed(path: str, source: str) -> None:
    assert import_violations({path: source}) == []


def test_an_upward_import_on_disk_is_found(tmp_path: Path) -> None:
    package = tmp_path / "intaglio" / "images"
    package.mkdir(parents=True)
    (package / "reader.py").write_text('"""Reads."""\n\nfrom intaglio.stylizing import engine\n')
    assert import_violations(read_tree(tmp_path, "intaglio")) == [
        "intaglio/images/reader.py:3: imports intaglio.stylizing, which is above images"
    ]


@pytest.mark.parametrize("path", ["intaglio/models/utils.py", "intaglio/core/x.py", "intaglio/images/image_helpers.py"])
def test_a_drawer_is_found(path: str) -> None:
    assert len(drawer_violations({path: ""})) == 1


def test_a_file_may_have_350_lines_and_no_more() -> None:
    assert length_violations({"a.py": "x\n" * 350}) == []
    assert length_violations({"a.py": "x\n" * 351}) == ["a.py: 351 lines, at most 350"]


def test_a_sixth_public_name_is_found() -> None:
    five = "\n".join(f"def name{index}(): ..." for index in range(5)) + "\ndef _private(): ...\nclass OddError(Exception): ..."
    assert public_name_violations({"intaglio/models/x.py": five}) == []
    assert len(public_name_violations({"intaglio/models/x.py": five + "\nclass Sixth: ..."})) == 1
    assert public_name_violations({"intaglio/models/__init__.py": five + "\nclass Sixth: ..."}) == []


@pytest.mark.parametrize(
    "source",
    [
        "print('done')",
        "console.print('done')",
        "sys.exit(1)",
        "raise SystemExit(1)",
        "os.environ['HOME']",
        "os.getenv('HOME')",
        "from os import environ as settings",
    ],
)
def test_what_only_the_command_line_may_do_is_found_elsewhere(source: str) -> None:
    assert len(surface_violations({"intaglio/web/x.py": source})) == 1
    assert surface_violations({"intaglio/cli/x.py": source}) == []


def test_a_card_that_is_not_in_the_catalog_is_found() -> None:
    found = card_violations(SOURCES | {"intaglio/models/style/toy.py": "CARD: ModelCard = ModelCard()"})
    assert found == [f"intaglio.models.style.toy has a CARD, but is not in {MODEL_CATALOG}"]


def test_an_entry_without_a_card_is_found() -> None:
    catalog = (
        "from intaglio.models.style import adain\nfrom intaglio.models.style.wct import CARD as WCT\nMODELS = [adain.CARD, WCT]"
    )
    tree = {MODEL_CATALOG: catalog, "intaglio/models/style/adain.py": "CARD = 1", "intaglio/models/style/wct.py": ""}
    assert card_violations(tree) == [f"intaglio.models.style.wct is in {MODEL_CATALOG}, but has no CARD"]


@pytest.mark.parametrize(
    "source",
    [
        "if name == 'adain': ...",
        "if 'adain' != name: ...",
        "if name in ('wct', 'adain', 'other'): ...",
        "match name:\n    case 'adain': ...",
    ],
)
def test_a_comparison_with_a_catalog_key_is_found(source: str) -> None:
    assert name_comparison_violations({"intaglio/stylizing/x.py": source}, {"adain"})
    assert name_comparison_violations({"intaglio/pruning/catalog.py": source}, {"adain"}) == []
    assert name_comparison_violations({"intaglio/stylizing/x.py": source}, {"sanet"}) == []
