"""The page of a report on structured pruning: one HTML file that needs no other, written from the facts alone."""

from collections.abc import Mapping, Sequence
from html import escape

from intaglio.pages.page import table
from intaglio.pruning.trace import MOST_GROUPS
from intaglio.studies.reporting.drawing import Plot
from intaglio.studies.reporting.pieces import fill_report, plate, titled, verdicts
from intaglio.studies.structured.findings import Outcome, PruningFindings
from intaglio.studies.structured.published import Loss
from intaglio.studies.structured.reporting.facts import Account, LayerLoss, PruningReport
from intaglio.studies.structured.reporting.protocol import LIMITS, protocol
from intaglio.studies.structured.summary import outcome_row, percent


def page(report: PruningReport, plots: Mapping[str, Sequence[Plot]]) -> str:
    """The whole page.

    Args:
        report: the facts.
        plots: by label of the account.

    """
    return fill_report(
        report,
        accounts={one.label: _account(one, plots.get(one.label, ())) for one in report.accounts},
        protocols={one.label: protocol(one.plan, one.findings, one.pictures) for one in report.accounts},
        limits=LIMITS,
    )


def _account(account: Account, plots: Sequence[Plot]) -> str:
    found = account.findings
    missing = f"<p>{found.missing:,} networks are still to be pruned.</p>" if found.missing else ""
    drawn = {plot.name.rpartition("-")[2]: plate(plot) for plot in plots}
    parts = [
        missing,
        f"<dl>{_facts(found)}</dl>",
        drawn.get("accuracy", ""),
        _outcomes(found),
        titled("What is asked of it", verdicts([(one.text, one.holds) for one in account.verdicts])),
        titled("Pushes over time", _pushes(account, drawn.get("pushes", ""))),
        titled("In the papers", _published(account)),
        titled("Layer by layer", _layers(account.layers)),
        f"<details><summary>All numbers</summary>{_numbers(found)}</details>",
    ]
    return "".join(parts)


def _facts(found: PruningFindings) -> str:
    facts = [("accuracy of the dense network, mean over seeds", f"{found.accuracy.mean:.1%}")]
    if found.outcomes:
        highest = max(one.asked for one in found.outcomes)
        best = min((one for one in found.outcomes if one.asked == highest), key=lambda one: one.lost.mean)
        facts.append((f"points lost by {best.arm} at {best.speedup.mean:.2f} times, the least", f"{best.lost.mean:+.2f}"))
    facts.append(("seeds", f"{len(found.dense)}"))
    return "".join(f"<div><dd>{escape(value)}</dd><dt>{escape(name)}</dt></div>" for name, value in facts)


def _outcomes(found: PruningFindings) -> str:
    rows = [["dense", "1.00x", "", percent(found.accuracy), "", ""]]
    if found.trained_on:
        rows.append(["dense, trained on", "1.00x", "", percent(found.trained_on), "", ""])
    rows += [outcome_row(outcome) for arm in found.arms() for outcome in found.of(arm)]
    columns = ["method", "speedup", "at the cut", "trained on", "points lost", "groups recovered"]
    note = (
        "Means over the seeds, with the lowest and the highest. At the cut: accuracy after the step in which the last group "
        "went, no retraining yet. Points lost are of the dense network of the same seed. Recovered: groups that were pushed "
        "once, and were not any more in the end. The dense network was trained on for as many steps as the pruned ones."
    )
    return table(columns, rows, words=1) + f'<p class="note">{note}</p>'


def _pushes(account: Account, drawn: str) -> str:
    if not drawn:
        return ""
    seed = account.pushes[0].seed
    note = (
        f"Each group of the layer a line, of seed {seed}: the probability that it is masked in a step, or the factor of its "
        "penalty. Lines of groups that are gone end where they went. Of layers of more than "
        f"{MOST_GROUPS} groups as many are shown, evenly chosen."
    )
    return f'{drawn}<p class="note">{escape(note)}</p>'


def _published(account: Account) -> str:
    rows = [_beside(one, account.findings) for one in account.published]
    columns = ["method", "network", "where", "speedup", "dense", "points lost", "of", f"{account.label} here"]
    note = (
        "Other networks on other pictures: what a method costs is comparable at best. A question mark is a figure that was not "
        "at hand. Here: points of top-1 lost, at the speedup asked for that is nearest."
    )
    return table(columns, rows, words=3) + f'<p class="note">{note}</p>' if rows else ""


def _beside(one: Loss, found: PruningFindings) -> list[str]:
    dense = "" if one.dense is None else f"{one.dense:.2f} %"
    speedup = "?" if one.speedup is None else f"{one.speedup:g}x"
    lost = "?" if one.lost is None else f"{one.lost:.2f}"
    ours = _nearest(one, found)
    beside = f"{ours.lost.told('+.2f')} at {ours.speedup.mean:.2f}x" if ours else ""
    return [one.method, f"{one.network}, {one.data}", one.where, speedup, dense, lost, one.measure, beside]


def _nearest(one: Loss, found: PruningFindings) -> Outcome | None:
    if one.speedup is None:
        return None
    wanted = one.speedup
    return min(found.of(one.method), key=lambda outcome: abs(outcome.asked - wanted), default=None)


def _layers(layers: Sequence[LayerLoss]) -> str:
    rows = [
        [
            one.arm,
            one.layer,
            f"{one.asked:g}x",
            f"{one.groups:,}" if one.groups else "",
            f"{one.gone:,.4g}" if one.groups else "",
            f"{one.recovered:,.4g}" if one.groups else "",
            f"{one.pushed:.3g}" if one.groups else "",
            f"{one.left:.1%}",
        ]
        for one in layers
    ]
    columns = [
        "method",
        "layer",
        "asked",
        "groups",
        "gone",
        "recovered",
        "largest push that stayed",
        "computed still",
    ]
    return f"<details><summary>All layers</summary>{table(columns, rows, words=2)}</details>" if rows else ""


def _numbers(found: PruningFindings) -> str:
    rows = [
        [
            one.arm,
            f"{one.asked:g}x",
            f"{seed}",
            f"{run.dense:.2%}",
            f"{run.cut:.2%}",
            f"{run.retrained:.2%}",
            f"{run.lost:+.2f}",
            f"{run.speedup:.3f}x",
            f"{run.recovered:,} of {run.groups:,}",
            f"{run.finished:,}" + (f", {run.forced:,} by force" if run.forced else ""),
        ]
        for arm in found.arms()
        for one in found.of(arm)
        for seed, run in one.runs.items()
    ]
    columns = ["method", "asked", "seed", "dense", "at the cut", "trained on", "lost", "speedup", "recovered", "all gone after"]
    return table(columns, rows, words=1)
