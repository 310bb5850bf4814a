"""What the pages of `demo` and `gallery` share: their folder, their look, figures, tables, commands to copy."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import quote


def make_folder(folder: Path, *stale: str) -> None:
    """Make it, without the files called `stale`: a page that shows pictures which are about to change.

    Raises:
        OptionError: it cannot be made.

    """
    from intaglio.vocabulary.errors import OptionError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in stale:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise OptionError(f"{folder}: cannot be made a folder ({error.strerror}); choose another with --output") from None


def fill(template: str, **parts: str) -> str:
    """A page from a file beside this one, with `page.css` as `$style` and `page.js` as `$script`; parts are HTML."""
    text, style, script = (
        files("intaglio.cli").joinpath(name).read_text("utf-8") for name in (template, "page.css", "page.js")
    )
    return Template(text).substitute(style=style.rstrip(), script=script.rstrip(), **parts)


def figure(picture: str, small: str, caption: str, note: str = "") -> str:
    """A picture that opens `picture` and shows `small`, files relative to the page."""
    return (
        f'<figure><a href="{quote(picture)}"><img loading="lazy" src="{quote(small)}" alt="{escape(caption)}"></a>'
        f"<figcaption>{escape(caption)} <small>{escape(note)}</small></figcaption></figure>"
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, words: int) -> str:
    """The first columns, as many as `words`, hold words; the others numbers."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(
        "<tr>"
        + "".join(f"<td{'' if place < words else ' class=number'}>{escape(cell)}</td>" for place, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def command(what: str, line: str) -> str:
    """An entry of a list of class `commands`: what a command line does, and itself, to be copied."""
    return f"<li><p>{escape(what)}</p><pre><code>{escape(line)}</code></pre></li>"
