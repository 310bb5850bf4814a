"""`intaglio study`: questions about networks, run step by step, resumed, and reported."""

from pathlib import Path
from typing import Annotated

import typer

from intaglio.cli import study_run
from intaglio.cli.study_options import Folder, Json, Name

app = typer.Typer(no_args_is_help=True, help="Studies of lottery tickets: what they ask, run, resumed, reported.")


@app.command(name="list")
def list_studies(as_json: Json = False) -> None:
    """The studies there are."""
    from intaglio.cli.output import print_json, print_table
    from intaglio.studies.catalog import DEFINITIONS

    if as_json:
        fields = ("name", "title", "source", "networks")
        print_json([{name: getattr(one, name) for name in fields} for one in DEFINITIONS.values()])
        return
    rows = [[one.name, f"{one.title}\n{one.source}; {', '.join(one.networks)}"] for one in DEFINITIONS.values()]
    print_table(["study", ""], rows)


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """What a study asks, and what its paper says."""
    from intaglio.cli.study_output import print_definition
    from intaglio.studies.catalog import DEFINITIONS

    print_definition(DEFINITIONS[name], as_json)


app.command()(study_run.run)
app.command()(study_run.resume)


@app.command()
def status(folder: Folder, as_json: Json = False) -> None:
    """How far a study is, and what it found so far."""
    from intaglio.cli.study_output import print_findings
    from intaglio.studies.definition import Study
    from intaglio.studies.workspace import Workspace

    workspace = Workspace(folder)
    print_findings(Study.of(workspace), workspace, as_json)


@app.command()
def report(
    folder: Folder,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write; `report` in that of the study.", show_default=False)
    ] = None,
) -> None:
    """Write a report of a study: page, plots, tables, pictures, and the tickets that won.

    A study that is still being run has one too, of what is there so far.
    """
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.studies.definition import Study
    from intaglio.studies.reporting.write import PAGE, write_report
    from intaglio.studies.workspace import Workspace

    workspace, out = Workspace(folder), output or folder / "report"
    study = Study.of(workspace)
    with progress_bar(study.name) as listener:
        made = write_report(study, workspace, out, listener=listener)
    for note in made.notes:
        typer.echo(note)
    typer.echo(f"{out / PAGE}")
