"""The docs cannot drift: generated pages are current, every command explains itself, and what the README shows runs."""

from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from architecture.imports import ROWS
from documents.blocks import Block, blocks_of, copy_checkout, run
from generate import DOCS, PAGES, commands, commands_page, help_of
from intaglio.metrics.catalog import METRICS, SET_METRICS
from intaglio.models.catalog import MODELS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
RUNNABLE = [block for block in blocks_of(README) if block.runs]


def unexplained(command: Any) -> list[str]:
    """The command and those of its arguments and options that have no help."""
    return [part.name for part in (command, *command.params) if not (part.help or "").strip()]


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_current(page: str) -> None:
    assert (DOCS / page).read_text("utf-8") == PAGES[page](), f"docs/{page} is old; run `make docs`"


@pytest.mark.parametrize(("name", "command"), [pytest.param(*pair, id=pair[0]) for pair in commands()])
def test_every_command_and_option_has_help(name: str, command: Any) -> None:
    assert unexplained(command) == []


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_is_documented(name: str) -> None:
    assert f"\n## {name}\n" in (DOCS / "commands.md").read_text("utf-8")


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_documented(name: str) -> None:
    assert f"\n## {name}\n" in (DOCS / "models.md").read_text("utf-8")


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_documented(name: str) -> None:
    assert f"\n| `{name}` |" in (DOCS / "evaluating.md").read_text("utf-8")


@pytest.mark.parametrize("name", SET_METRICS)
def test_every_metric_of_sets_is_documented(name: str) -> None:
    assert f"\n| `{name}` |" in (DOCS / "scoring.md").read_text("utf-8")


@pytest.mark.parametrize("block", [pytest.param(block, id=f"line-{block.line}") for block in RUNNABLE])
def test_a_block_of_the_readme_runs(block: Block, tmp_path: Path) -> None:
    result = run(block, copy_checkout(ROOT, tmp_path / "checkout"))
    assert result.returncode == 0, f"README.md, line {block.line}:\n{result.stdout}\n{result.stderr}"


def test_the_rows_are_drawn_as_they_are_checked() -> None:
    drawing = blocks_of((DOCS / "architecture.md").read_text("utf-8"))[0].text.splitlines()
    levels = {int(line.split()[0]): tuple(line.split()[1:]) for line in drawing}
    assert levels == dict(enumerate(ROWS))


def test_the_readme_shows_both_surfaces_running() -> None:
    assert {block.language for block in RUNNABLE} == {"sh", "python"}


def test_help_pages_do_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = commands_page()
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert commands_page() == wide


def test_a_command_without_help_is_found() -> None:
    silent = typer.Typer(add_completion=False)

    @silent.command()
    def engrave(plate: Path, depth: Annotated[int, typer.Option(help="How deep.")] = 1) -> None: ...

    command = typer.main.get_command(silent)
    assert unexplained(command) == ["engrave", "plate"]
    assert "How deep." in help_of("engrave", command)


def test_blocks_run_unless_they_say_why_not() -> None:
    run_and_not = "```sh\nls\n```\ntext\n```python\n# not run: needs a network\nx = 1\n```\n"
    without_reason_and_shown = "```sh\n# not run:\nls\n```\n```text\nls\n```\n"
    page = run_and_not + without_reason_and_shown
    assert [(block.line, block.language, block.runs) for block in blocks_of(page)] == [
        (1, "sh", True),
        (5, "python", False),
        (9, "sh", True),
        (13, "text", False),
    ]


@pytest.mark.parametrize("page", ["```\nls\n```\n", "```bash\nls\n```\n", "```sh\nls\n"])
def test_a_block_that_nobody_would_run_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        blocks_of(page)


@pytest.mark.parametrize(
    ("language", "text", "passes"),
    [
        ("sh", "cat README.md > copy.md\ntest -s copy.md", True),
        ("sh", "false\ntrue", False),
        ("sh", "echo $unset", False),
        ("python", "import intaglio", True),
        ("python", "raise ValueError('no')", False),
        ("python", "import warnings\nwarnings.warn('old')", False),
    ],
)
def test_a_block_that_fails_is_seen_to_fail(language: str, text: str, passes: bool, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("read me")
    assert (run(Block(line=1, language=language, text=text), tmp_path).returncode == 0) is passes
