"""`intaglio study`: questions about networks, run step by step, resumed, and reported."""

from pathlib import Path
from typing import Annotated

import typer

from intaglio.cli import study_run
from intaglio.cli.study_options import Folder, Json, Name

app = typer.Typer(
    no_args_is_help=True, help="Studies of tickets and structured pruning: what they ask, run, resumed, reported."
)


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
    from intaglio.cli.study_output import print_telling
    from intaglio.studies.catalog import DEFINITIONS

    print_telling(DEFINITIONS[name].told(), as_json)


app.command()(study_run.run)
app.command()(study_run.resume)


@app.command()
def status(folder: Folder, as_json: Json = False) -> None:
    """How far a study is, and what it found so far."""
    from intaglio.cli.study_output import print_telling
    from intaglio.studies.folder import open_study
    from intaglio.studies.mirror import workspace_at

    workspace = workspace_at(folder)
    definition, study = open_study(workspace)
    print_telling(definition.found(study, workspace.snapshot()), as_json)


@app.command()
def report(
    folder: Folder,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", help="Folder to write, a path or a URL; `report` in that of the study.", show_default=False
        ),
    ] = None,
) -> None:
    """Write the report of a study: page, plots and tables, and of tickets those that won.

    A study that is still being run has one too, of what is there so far.
    """
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.storage.depot import delivered, is_url
    from intaglio.studies.folder import open_study
    from intaglio.studies.mirror import workspace_at
    from intaglio.studies.reporting.files import PAGE

    workspace = workspace_at(folder)
    place = output or f"{workspace}/report"
    definition, study = open_study(workspace)
    with progress_bar(study.name) as listener, delivered(place, last=PAGE) as out:
        notes = definition.report(study, workspace.snapshot(), out, listener=listener)
    for note in notes:
        typer.echo(note)
    typer.echo(f"{place.rstrip('/')}/{PAGE}" if is_url(place) else f"{Path(place) / PAGE}")
