"""`filled`: a page of this folder with its English, all of which stands in `words.json`."""

import json
from html import escape
from importlib.resources import files
from string import Template


def filled(name: str) -> str:
    """A file of `static` with every `$word` replaced.

    Raises:
        KeyError: a word that `words.json` has not.

    """
    folder = files("intaglio.web").joinpath("static")
    words = json.loads(folder.joinpath("words.json").read_text("utf-8"))
    return Template(folder.joinpath(name).read_text("utf-8")).substitute({key: escape(text) for key, text in words.items()})
