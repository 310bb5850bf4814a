"""Pages of one look: figures, tables, commands to copy."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template
from urllib.parse import quote


def fill(template: Traversable, **parts: str) -> str:
    """A page from a file, with `page.css` as `$style` and `page.js` as `$script`; parts are HTML."""
    style, script = (files(__package__).joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    return Template(template.read_text("utf-8")).substitute(style=style.rstrip(), script=script.rstrip(), **parts)


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
