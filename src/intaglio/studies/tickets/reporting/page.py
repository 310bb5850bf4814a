"""The page of a report on tickets: one HTML file that needs no other, written from the facts alone."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from intaglio.pages.page import table
from intaglio.studies.levels import Level
from intaglio.studies.reporting.drawing import Plot
from intaglio.studies.reporting.pieces import fill_report, plate, titled, verdicts
from intaglio.studies.reporting.wall import Wall, hung
from intaglio.studies.tickets.reporting.facts import Account, Pace, Report
from intaglio.studies.tickets.reporting.protocol import LIMITS, protocol
from intaglio.vocabulary.quantities import format_bytes


def page(report: Report, plots: Mapping[str, Sequence[Plot]], walls: Mapping[str, Wall]) -> str:
    """The whole page.

    Args:
        report: the facts.
        plots: by label of the account.
        walls: the same; accounts without pictures are missing.

    """
    return fill_report(
        report,
        accounts={one.label: _account(one, plots.get(one.label, ()), walls.get(one.label, ())) for one in report.accounts},
        protocols={one.label: protocol(one.lottery, report.kinds) for one in report.accounts},
        limits=LIMITS,
    )


def _account(account: Account, plots: Sequence[Plot], wall: Wall) -> str:
    found = account.findings
    missing = f"<p>{found.missing:,} networks are still to be trained.</p>" if found.missing else ""
    parts = [
        missing,
        f"<dl>{_facts(account)}</dl>",
        *(plate(plot) for plot in plots if not plot.name.endswith("-layers")),
        titled("Beside the paper", _published(account)),
        titled("What the paper says", verdicts([(one.text, one.holds) for one in account.verdicts])),
        titled("Pictures", hung(wall)),
        titled("Layer by layer", "".join(plate(plot) for plot in plots if plot.name.endswith("-layers"))),
        titled("Files and speed", _files(account) + _pace(account.pace)),
        f"<details><summary>All numbers</summary>{_numbers(account)}</details>",
    ]
    return "".join(parts)


def _facts(account: Account) -> str:
    found, first = account.findings, account.lottery.arms[0]
    facts = [("error of the dense network, mean over seeds", f"{found.dense.error.mean:.3f}")]
    best, extreme = found.best(first), found.extreme(first)
    if best is not None and best.round:
        facts.append((f"best of {first}, at {best.sparsity:.1%}", f"{best.error.mean:.3f}"))
        facts.append((f"sparsest of {first} that matches", f"{extreme.sparsity:.1%}" if extreme else "none"))
    facts.append(("seeds", f"{len(found.dense.errors)}"))
    return "".join(f"<div><dd>{escape(value)}</dd><dt>{escape(name)}</dt></div>" for name, value in facts)


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
