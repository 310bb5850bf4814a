"""The page of a report on smaller style networks: one HTML file that needs no other, written from the facts alone."""

from collections.abc import Mapping, Sequence
from html import escape

from intaglio.pages.page import table
from intaglio.studies.compression.findings import CompressionFindings
from intaglio.studies.compression.reporting.facts import Account, CompressionReport
from intaglio.studies.compression.reporting.protocol import LIMITS, protocol
from intaglio.studies.compression.summary import outcome_row
from intaglio.studies.reporting.drawing import Plot
from intaglio.studies.reporting.paces import paces_table
from intaglio.studies.reporting.pieces import fill_report, plate, titled, verdicts
from intaglio.studies.reporting.wall import Wall, hung

_SIZES = "All arms leave the same widths, so one network stands for each size."


def page(report: CompressionReport, plots: Mapping[str, Sequence[Plot]], walls: Mapping[str, Wall]) -> str:
    """The whole page.

    Args:
        report: the facts.
        plots: by label of the account.
        walls: the same; accounts without pictures are missing.

    """
    return fill_report(
        report,
        accounts={one.label: _account(one, plots.get(one.label, ()), walls.get(one.label, ())) for one in report.accounts},
        protocols={one.label: protocol(one.plan, report.kinds) for one in report.accounts},
        limits=LIMITS,
    )


def _account(account: Account, plots: Sequence[Plot], wall: Wall) -> str:
    found = account.findings
    missing = f"<p>{found.missing:,} networks are still to be made.</p>" if found.missing else ""
    parts = [
        missing,
        f"<dl>{_facts(found)}</dl>",
        *(plate(plot) for plot in plots),
        _outcomes(found),
        titled("What papers say", verdicts([(one.text, one.holds) for one in account.verdicts])),
        titled("In the paper", _published(account)),
        titled("Pictures", hung(wall)),
        titled("Speed", paces_table(account.paces, _SIZES)),
        f"<details><summary>All numbers</summary>{_numbers(found)}</details>",
    ]
    return "".join(parts)


def _facts(found: CompressionFindings) -> str:
    facts = [("error of the large network, mean over seeds", f"{found.error.mean:.3f}")]
    if found.outcomes:
        highest = max(one.asked for one in found.outcomes)
        best = min((one for one in found.outcomes if one.asked == highest), key=lambda one: one.error.mean)
        facts.append((f"of {best.arm} at {best.speedup.mean:.2f} times, the least there", f"{best.error.mean:.3f}"))
    facts.append(("seeds", f"{len(found.dense)}"))
    return "".join(f"<div><dd>{escape(value)}</dd><dt>{escape(name)}</dt></div>" for name, value in facts)


def _outcomes(found: CompressionFindings) -> str:
    rows = [["large", "1.00x", found.error.told(".3f"), "", "", ""]]
    if found.trained_on:
        rows.append(["large, trained on", "1.00x", found.trained_on.told(".3f"), "", "", ""])
    rows += [outcome_row(outcome) for arm in found.arms() for outcome in found.of(arm)]
    columns = ["arm", "speedup", "error", "times the large one's", "content", "style"]
    note = (
        "Means over the seeds, with the lowest and the highest. Errors are the network's own loss on pairs that it never saw; "
        "what is left of it beside style counts as content. The large network was trained on for as many steps as the others."
    )
    return table(columns, rows, words=1) + f'<p class="note">{note}</p>'


def _published(account: Account) -> str:
    rows = [[one.kind, one.where, f"{one.best:.1f} %"] for one in account.published]
    note = "Of people who saw pictures of all three. Here nobody was asked; what is above are losses."
    return table(["network", "where", "liked best by"], rows, words=2) + f'<p class="note">{note}</p>' if rows else ""


def _numbers(found: CompressionFindings) -> str:
    rows = [
        [
            one.arm,
            f"{one.asked:g}x",
            f"{seed}",
            f"{run.speedup:.3f}x",
            f"{run.parameters:,}",
            "" if run.cut is None else f"{run.cut:.3f}",
            f"{run.errors.error:.3f}",
            f"{run.errors.content:.3f}",
            f"{run.errors.style:.3f}",
            f"{run.times:.3f}",
            *("" if groups is None else f"{groups:,}" for groups in (run.recovered, run.forced)),
        ]
        for arm in found.arms()
        for one in found.of(arm)
        for seed, run in one.runs.items()
    ]
    columns = ["arm", "asked", "seed", "speedup", "parameters", "at the cut, on crops of what it learns from"]
    more = ["error", "content", "style", "times the large one's", "recovered", "cut by force"]
    return table([*columns, *more], rows, words=1)
