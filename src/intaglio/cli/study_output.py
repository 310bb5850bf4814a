"""What `intaglio study` prints."""

from typing import TYPE_CHECKING

import typer

from intaglio.cli.output import print_facts, print_json, print_table

if TYPE_CHECKING:
    from intaglio.studies.study import Study
    from intaglio.studies.telling import Telling
    from intaglio.studies.workspace import Workspace


def print_telling(telling: "Telling", as_json: bool) -> None:
    """What a study has to say."""
    from intaglio.studies.telling import Facts, Table

    if as_json:
        print_json(telling.document)
        return
    for one in telling.shown:
        if isinstance(one, Table):
            print_table(one.columns, one.rows, numbers=one.numbers)
        elif isinstance(one, Facts):
            print_facts(one.pairs)
        else:
            typer.echo(one)


def print_plan(study: "Study", workspace: "Workspace", as_json: bool) -> None:
    """What there is to do, and how much of it is done."""
    from intaglio.studies.runner import standing

    found = {label: standing(steps, workspace) for label, steps in study.parts().items()}
    if as_json:
        print_json({label: vars(one) for label, one in found.items()})
        return
    columns = ["steps", "done", "training steps", "of these done"]
    rows = [
        [label, f"{one.steps:,}", f"{one.done:,}", f"{one.cost:,.0f}", f"{one.cost_done:,.0f}"] for label, one in found.items()
    ]
    print_table(["study of", *columns], rows, numbers=columns)
