"""The page of `intaglio gallery`, written from `gallery.json`'s numbers alone; the layout is in `gallery.html`."""

from html import escape
from importlib.resources import files

from intaglio.cli.gallery_record import Exhibitor, Gallery, Source
from intaglio.pages.page import command, figure, fill, table
from intaglio.vocabulary.quantities import format_bytes, format_duration

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_COMMANDS = (
    ("A photo of your own, at full size", "intaglio stylize photo.jpg --style style.jpg --model NETWORK -o stylized.jpg"),
    (
        "A gallery of your own; what is in the folder is not made again",
        "intaglio gallery --content photos --style paintings --model NETWORK -o gallery",
    ),
    ("What is in a network", "intaglio inspect NETWORK"),
    ("Networks side by side in numbers", "intaglio compare NETWORK OTHER --content photos --style paintings -o comparison"),
)


def page(gallery: Gallery, *, version: str, sheet: str, numbers: str) -> str:
    """The whole page of a complete gallery, HTML; pictures, contact sheet and JSON are linked by their names."""
    parts = (
        (len(gallery.contents), "picture"),
        (len(gallery.styles), "style"),
        (len(gallery.networks), "network"),
    )
    heading = ", ".join(_counted(count, name) for count, name in parts)
    return fill(
        files(__package__).joinpath("gallery.html"),
        title=f"Intaglio: {heading}",
        heading=heading.capitalize(),
        columns=str(2 + len(gallery.networks)),
        size=f"{gallery.size:,}",
        walls="\n".join(_wall(gallery, content) for content in gallery.contents),
        networks=_networks(gallery),
        note=escape(_note(gallery)),
        about="".join(map(_about, gallery.networks)),
        commands="".join(command(what, line) for what, line in _COMMANDS),
        version=escape(version),
        sheet=escape(sheet),
        numbers=escape(numbers),
    )


def _counted(count: int, name: str) -> str:
    number = _WORDS[count] if count < len(_WORDS) else f"{count:,}"
    return f"{number} {name}{'' if count == 1 else 's'}"


def _wall(gallery: Gallery, content: Source) -> str:
    """A content in all styles, a row for each."""
    figures = "".join(_row(gallery, content, style) for style in gallery.styles)
    heading = f"<h2>{escape(content.name)}</h2>" if len(gallery.contents) > 1 else ""
    return f'<section>{heading}<div class="scroll wall"><div>{figures}</div></div></section>'


def _row(gallery: Gallery, content: Source, style: Source) -> str:
    works = {work.network: work for work in gallery.works if (work.content, work.style) == (content.name, style.name)}
    shown = [(content.picture, content.name, "content"), (style.picture, style.name, "style")]
    shown += [(works[one.name].picture, one.name, format_duration(works[one.name].seconds)) for one in gallery.networks]
    return "".join(figure(picture, picture, name, note if note != name else "") for picture, name, note in shown)


def _networks(gallery: Gallery) -> str:
    columns = ["network", "parameters", "GMAC per megapixel", "weights", "seconds per megapixel", "license of the weights"]
    rows = [
        [
            one.name,
            f"{one.parameters:,}",
            f"{one.macs_per_megapixel / 1e9:.4g}",
            format_bytes(one.bytes),
            f"{gallery.pace(one.name):.2f}",
            one.license or "not stated",
        ]
        for one in gallery.networks
    ]
    return table(columns, rows, words=1)


def _note(gallery: Gallery) -> str:
    on = "; ".join(dict.fromkeys(work.conditions for work in gallery.works))
    return (
        "Multiply-accumulates are those of the convolutions. Seconds are medians over the pictures above, which are small, and "
        f"whose styles are read anew each time: {on}."
    )


def _about(one: Exhibitor) -> str:
    lines = [f"{one.title}.", f"{one.paper}.", f"Streaming: {one.streaming}."]
    return f"<li><h3><code>{escape(one.name)}</code></h3>" + "".join(f"<p>{escape(line)}</p>" for line in lines) + "</li>"
