"""`intaglio models`: the networks and the checkpoints this version knows."""

from typing import Annotated

import typer


def run(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the networks and the import formats."""
    from intaglio.cli.output import print_json, print_table
    from intaglio.models.catalog import MODELS
    from intaglio.storage.catalog import IMPORT_FORMATS

    networks = [
        {"name": card.name, "title": card.title, "paper": card.paper, "family": card.family, "streaming": card.streaming}
        for card in MODELS.values()
    ]
    formats = [
        {"name": form.name, "title": form.title, "model": form.model, "takes": f"a {form.takes} with {form.holds}"}
        for form in IMPORT_FORMATS.values()
    ]
    if as_json:
        print_json({"networks": networks, "import_formats": formats})
        return
    print_table(["network", ""], [[card["name"], _lines(card, "title", "paper", "streaming")] for card in networks])
    typer.echo()
    print_table(["import format", ""], [[form["name"], _lines(form, "title", "takes")] for form in formats])


def _lines(entry: dict[str, str], *fields: str) -> str:
    return "\n".join(entry[field] for field in fields)
