"""Pieces of HTML that the pages of all reports are made of; the layout is in `report.html`."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files

from intaglio.pages.page import fill, table
from intaglio.studies.history import History
from intaglio.studies.reporting.drawing import Plot
from intaglio.studies.reporting.header import Header
from intaglio.vocabulary.quantities import format_duration

_VERDICTS = {True: "holds here", False: "not here", None: "not known"}


def fill_report(
    header: Header, *, accounts: Mapping[str, str], protocols: Mapping[str, Iterable[tuple[str, str]]], limits: Iterable[str]
) -> str:
    """The whole page.

    Args:
        header: what every report says.
        accounts: HTML of each part of the study, by its label.
        protocols: how each was done, pairs of what and how.
        limits: what is not claimed.

    """
    links = [f'<a href="#{anchor(label)}">{escape(label)}</a>' for label in accounts]
    return fill(
        files(__package__).joinpath("report.html"),
        title=escape(f"Intaglio: {header.title}"),
        heading=escape(f"{header.title[:1].upper()}{header.title[1:]}"),
        lead=escape(f"Asked as in {header.source}, at the scale “{header.scale}”."),
        contents="".join([*links, '<a href="#protocol">How it was done</a>']),
        notes="".join(f'<p class="note">{escape(note)}</p>' for note in header.notes),
        accounts="".join(
            f'<section class="network" id="{anchor(label)}"><h2>{escape(label)}</h2>{content}</section>'
            for label, content in accounts.items()
        ),
        protocol="".join(f"<h3>{escape(label)}</h3>{_listed(facts)}" for label, facts in protocols.items()),
        history=_told(header.history),
        limits="".join(f"<li>{escape(limit)}</li>" for limit in limits),
        footer=escape(f"Written on {header.made} by {header.code}. Study {header.study_digest}."),
    )


def titled(title: str, content: str) -> str:
    """Content below a title; nothing if there is none."""
    return f"<h3>{title}</h3>{content}" if content else ""


def plate(plot: Plot) -> str:
    """A plot in its frame."""
    # What stands before the tag is for files, not for a page.
    svg = plot.svg[plot.svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{escape(plot.says)}"', 1)
    return f'<div class="plate">{_apart(svg, plot.name)}</div>'


def verdicts(claims: Sequence[tuple[str, bool | None]]) -> str:
    """Claims, and whether they hold; None where that is not known."""
    items = "".join(f"<li><b>{_VERDICTS[holds]}</b><span>{escape(text)}</span></li>" for text, holds in claims)
    return f'<ul class="verdicts">{items}</ul>' if items else ""


def anchor(label: str) -> str:
    """Where the part of a label stands."""
    return escape(label.replace(" ", "-").replace(",", ""))


def _apart(svg: str, name: str) -> str:
    """With names of its own for what it refers to, since several stand on one page."""
    for mark, close in (('id="', '"'), ("url(#", ")"), ('href="#', '"')):
        before, *rest = svg.split(mark)
        svg = mark.join([before, *(f"{name}-{one}" if close in one else one for one in rest)])
    return svg


def _listed(facts: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return f'<dl class="protocol">{items}</dl>'


def _told(found: Sequence[History]) -> str:
    rows = [
        [one.hardware, one.code, " to ".join(dict.fromkeys(one.days)), f"{one.steps:,}", format_duration(one.seconds)]
        for one in found
    ]
    columns = ["hardware", "code", "days", "steps", "time of all steps"]
    return table(columns, rows, words=3) if rows else '<p class="note">Nobody noted it.</p>'
