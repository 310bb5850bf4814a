"""Arguments and options that verbs of `intaglio study` share."""

from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the study, one of `intaglio study list`.", show_default=False)]
Folder = Annotated[
    str, typer.Argument(metavar="FOLDER", help="Of a study that was begun: a path or a URL.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
