"""The page of a report: one HTML file that needs no other, written from the facts alone; the layout is in `report.html`."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from intaglio.pages.page import fill, table
from intaglio.studies.findings import Level
from intaglio.studies.reporting.facts import Account, Pace, Report
from intaglio.studies.reporting.plots import Plot
from intaglio.studies.reporting.protocol import LIMITS, protocol
from intaglio.vocabulary.quantities import format_bytes, format_duration

Wall = Sequence[tuple[str, str, Sequence[Path]]]
"""Columns of the contact sheet: name, remark, pictures from top to bottom."""

_VERDICTS = {True: "holds here", False: "not here", None: "not known"}


def page(report: Report, plots: Mapping[str, Sequence[Plot]], walls: Mapping[str, Wall]) -> str:
    """The whole page.

    Args:
        report: the facts.
        plots: by label of the account.
        walls: the same; accounts without pictures are missing.

    """
    labels = [account.label for account in report.accounts]
    links = [f'<a href="#{_anchor(label)}">{escape(label)}</a>' for label in labels]
    return fill(
        files(__package__).joinpath("report.html"),
        title=escape(f"Intaglio: {report.title}"),
        heading=escape(f"{report.title[:1].upper()}{report.title[1:]}"),
        lead=escape(f"Asked as in {report.source}, at the scale “{report.scale}”."),
        contents="".join([*links, '<a href="#protocol">How it was done</a>']),
        notes="".join(f'<p class="note">{escape(note)}</p>' for note in report.notes),
        accounts="".join(_account(one, plots.get(one.label, ()), walls.get(one.label, ())) for one in report.accounts),
        protocol="".join(
            f"<h3>{escape(one.label)}</h3>{_list(protocol(one.lottery, report.kinds))}" for one in report.accounts
        ),
        history=_history(report),
        limits="".join(f"<li>{escape(limit)}</li>" for limit in LIMITS),
        footer=escape(f"Written on {report.made} by {report.code}. Study {report.study_digest}."),
    )


def _account(account: Account, plots: Sequence[Plot], wall: Wall) -> str:
    found = account.findings
    missing = f"<p>{found.missing:,} networks are still to be trained.</p>" if found.missing else ""
    parts = [
        f'<section class="network" id="{_anchor(account.label)}"><h2>{escape(account.label)}</h2>',
        missing,
        f"<dl>{_facts(account)}</dl>",
        *(_plate(plot) for plot in plots if not plot.name.endswith("-layers")),
        _titled("Beside the paper", _published(account)),
        _titled("What the paper says", _verdicts(account)),
        _titled("Pictures", _wall(wall)),
        _titled("Layer by layer", "".join(_plate(plot) for plot in plots if plot.name.endswith("-layers"))),
        _titled("Files and speed", _files(account) + _pace(account.pace)),
        f"<details><summary>All numbers</summary>{_numbers(account)}</details></section>",
    ]
    return "".join(parts)


def _titled(title: str, content: str) -> str:
    return f"<h3>{title}</h3>{content}" if content else ""


def _facts(account: Account) -> str:
    found, first = account.findings, account.lottery.arms[0]
    facts = [("error of the dense network, mean over seeds", f"{found.dense.error.mean:.3f}")]
    best, extreme = found.best(first), found.extreme(first)
    if best is not None and best.round:
        facts.append((f"best of {first}, at {best.sparsity:.1%}", f"{best.error.mean:.3f}"))
        facts.append((f"sparsest of {first} that matches", f"{extreme.sparsity:.1%}" if extreme else "none"))
    facts.append(("seeds", f"{len(found.dense.errors)}"))
    return "".join(f"<div><dd>{escape(value)}</dd><dt>{escape(name)}</dt></div>" for name, value in facts)


def _plate(plot: Plot) -> str:
    # What stands before the tag is for files, not for a page.
    svg = plot.svg[plot.svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{escape(plot.says)}"', 1)
    return f'<div class="plate">{_apart(svg, plot.name)}</div>'


def _apart(svg: str, name: str) -> str:
    """With names of its own for what it refers to, since several stand on one page."""
    for mark, close in (('id="', '"'), ("url(#", ")"), ('href="#', '"')):
        before, *rest = svg.split(mark)
        svg = mark.join([before, *(f"{name}-{one}" if close in one else one for one in rest)])
    return svg


def _published(account: Account) -> str:
    if not account.published:
        return ""
    found, rows = account.findings, []
    for one in account.published:
        best, extreme = found.best(one.arm), found.extreme(one.arm)
        ours = [
            _change(best.error.mean, best.error.mean - best.difference.mean) if best else "",
            f"{best.sparsity:.1%}" if best else "",
            _share(extreme.sparsity if extreme else 0.0) if best else "",
        ]
        theirs = [_change(one.best, one.dense), "" if one.best_at is None else f"{one.best_at:.1%}", _share(one.extreme)]
        rows.append([one.arm, one.table, *theirs, *ours])
    columns = [
        "arm",
        "in the paper",
        "its best, from dense",
        "at",
        "its sparsest match",
        "our best",
        "at",
        "our sparsest match",
    ]
    note = (
        "Errors of different loss networks are not comparable; what a ticket gains over its dense network is. A level matches "
        "where the mean over the seeds is at or below the dense one."
    )
    return table(columns, rows, words=2) + f'<p class="note">{note}</p>'


def _change(error: float | None, dense: float) -> str:
    return "" if error is None else f"{error:.3f} ({error / dense - 1:+.1%})"


def _share(sparsity: float | None) -> str:
    return "" if sparsity is None else f"{sparsity:.1%}" if sparsity else "none"


def _verdicts(account: Account) -> str:
    items = "".join(
        f"<li><b>{_VERDICTS[verdict.holds]}</b><span>{escape(verdict.text)}</span></li>" for verdict in account.verdicts
    )
    return f'<ul class="verdicts">{items}</ul>' if items else ""


def _wall(wall: Wall) -> str:
    if not wall:
        return ""
    names = "".join(f'<div class="name">{escape(name)}<small>{escape(remark)}</small></div>' for name, remark, _ in wall)
    rows = zip(*(pictures for _, _, pictures in wall), strict=True)
    cells = "".join(
        f'<img alt="{escape(f"{name}, row {number}")}" src="{_embedded(path)}">'
        for number, row in enumerate(rows, 1)
        for (name, _, _), path in zip(wall, row, strict=True)
    )
    return f'<div class="scroll"><div class="wall" style="--columns: {len(wall)}">{names}{cells}</div></div>'


def _embedded(path: Path) -> str:
    return f"data:image/jpeg;base64,{b64encode(path.read_bytes()).decode()}"


def _files(account: Account) -> str:
    dense = account.winners[0].bytes
    rows = [
        [
            one.title,
            one.folder,
            f"{one.sparsity:.1%}",
            format_bytes(one.bytes),
            f"{one.bytes / dense:.3f}",
        ]
        for one in account.winners
        if one.folder or one is account.winners[0]
    ]
    return table(["network", "folder", "sparsity", "weights, float32", "of dense"], rows, words=2)


def _pace(pace: Pace | None) -> str:
    if pace is None:
        return ""
    ratio = pace.dense / pace.ticket
    verdict = (
        "zeros are multiplied like any other number here, so this sparsity saves disk, not time"
        if 0.9 < ratio < 1.1
        else f"the ticket takes {1 / ratio:.2f} times as long"
    )
    return (
        f'<p class="note">On a picture of {escape(pace.picture)} the dense network takes {pace.dense:.3f} s, its ticket with '
        f"{pace.sparsity:.1%} zeros {pace.ticket:.3f} s: {verdict}. "
        f"Medians of {pace.turns}, in turns; {escape(pace.hardware)}.</p>"
    )


def _numbers(account: Account) -> str:
    found = account.findings
    seeds = sorted(found.dense.errors)
    columns = ["arm", "sparsity", "of all parameters", "error", "from dense", "95 % interval", "matches"]
    levels = [found.dense, *(level for arm in found.arms() for level in found.of(arm))]
    return table([*columns, *(f"seed {one}" for one in seeds)], (_row(level, seeds) for level in levels), words=1)


def _row(level: Level, seeds: Iterable[int]) -> list[str]:
    difference = level.difference
    interval = "" if difference.low is None else f"{difference.low:+.3f} to {difference.high:+.3f}"
    told = ["", "", ""]
    if level.round or difference.mean:
        told = [f"{difference.mean:+.3f}", interval, "yes" if level.matches else "no"]
    errors = [f"{level.errors[seed]:.3f}" if seed in level.errors else "" for seed in seeds]
    return [
        level.arm,
        f"{level.sparsity:.1%}",
        f"{level.sparsity_of_parameters:.1%}",
        f"{level.error.mean:.3f}",
        *told,
        *errors,
    ]


def _history(report: Report) -> str:
    rows = [
        [one.hardware, one.code, " to ".join(dict.fromkeys(one.days)), f"{one.steps:,}", format_duration(one.seconds)]
        for one in report.history
    ]
    columns = ["hardware", "code", "days", "steps", "time of all steps"]
    return table(columns, rows, words=3) if rows else '<p class="note">Nobody noted it.</p>'


def _list(facts: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return f'<dl class="protocol">{items}</dl>'


def _anchor(label: str) -> str:
    return escape(label.replace(" ", "-").replace(",", ""))
