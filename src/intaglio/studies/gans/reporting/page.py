"""The page of a report on tickets in GANs: one HTML file that needs no other, written from the facts alone."""

from collections.abc import Mapping, Sequence
from html import escape

from intaglio.pages.page import table
from intaglio.studies.gans.reporting.facts import Account, GanReport
from intaglio.studies.gans.reporting.protocol import LIMITS, protocol
from intaglio.studies.gans.summary import rows_of
from intaglio.studies.reporting.drawing import Plot
from intaglio.studies.reporting.paces import paces_table
from intaglio.studies.reporting.pieces import fill_report, plate, titled, verdicts
from intaglio.studies.reporting.wall import Wall, hung
from intaglio.vocabulary.quantities import format_bytes

_LAYERS = "-layers"
_FIRST = "Generators of the first seed, with the share of channels that is gone; masks alone make nothing smaller."


def page(report: GanReport, plots: Mapping[str, Sequence[Plot]], walls: Mapping[str, Wall]) -> str:
    """The whole page.

    Args:
        report: the facts.
        plots: by label of the account.
        walls: the same; accounts without pictures are missing.

    """
    return fill_report(
        report,
        accounts={one.label: _account(one, plots.get(one.label, ()), walls.get(one.label, ())) for one in report.accounts},
        protocols={one.label: protocol(one.lottery, one.findings.protocol, report.kinds) for one in report.accounts},
        limits=LIMITS,
    )


def _account(account: Account, plots: Sequence[Plot], wall: Wall) -> str:
    missing = account.findings.last.missing
    parts = [
        f"<p>{missing:,} games are still to be played.</p>" if missing else "",
        f"<dl>{_facts(account)}</dl>",
        *(plate(plot) for plot in plots if not plot.name.endswith(_LAYERS)),
        titled("Beside the paper", _published(account)),
        titled("What the paper says", verdicts([(one.text, one.holds) for one in account.verdicts])),
        titled("Speed", paces_table(account.paces, _FIRST)),
        titled("Pictures over training", _wall(account, wall)),
        titled("Layer by layer", "".join(plate(plot) for plot in plots if plot.name.endswith(_LAYERS))),
        titled("Files", _files(account)),
        titled("All numbers", _numbers(account)),
    ]
    return "".join(parts)


def _facts(account: Account) -> str:
    found, first = account.findings.last, account.lottery.arms[0]
    facts = [(f"{account.findings.measure} of the dense network, mean over seeds", f"{found.dense.error.mean:.2f}")]
    best, extreme = found.best(first), found.extreme(first)
    if best is not None:
        facts.append((f"best of {first}, at {best.sparsity:.1%}", f"{best.error.mean:.2f}"))
        facts.append((f"sparsest of {first} that matches", f"{extreme.sparsity:.1%}" if extreme else "none"))
    facts.append(("seeds", f"{len(found.dense.errors)}"))
    return "".join(f"<div><dd>{escape(value)}</dd><dt>{escape(name)}</dt></div>" for name, value in facts)


def _published(account: Account) -> str:
    """Levels of the paper and of the study as multiples of their own dense networks."""
    tables = []
    for one in account.published:
        ours = account.findings.last
        rows = []
        for sparsity, score in one.scores.items():
            level = next((level for level in ours.of(one.arm) if abs(level.sparsity - sparsity) < 0.01), None)
            here = [f"{level.error.mean:.2f}", f"{level.error.mean / ours.dense.error.mean:.2f}"] if level else ["", ""]
            if not sparsity:
                here = [f"{ours.dense.error.mean:.2f}", "1.00"]
            rows.append([f"{sparsity:.1%}" if sparsity else "dense", f"{score:g}", f"{score / one.dense:.2f}", *here])
        columns = ["sparsity", f"paper, {one.task}", "of its dense", f"here, {account.findings.measure}", "of its dense"]
        tables.append(table(columns, rows, words=1) + f'<p class="note">{escape(one.where)}.</p>')
    if not tables:
        return ""
    note = (
        "Values of different feature networks, widths and lengths of training are not comparable; where a curve leaves its "
        "dense network is, with care."
    )
    return "".join(tables) + f'<p class="note">{note}</p>'


def _wall(account: Account, wall: Wall) -> str:
    steps = ", ".join(f"{step:,}" for step, _ in account.winners[0].curve)
    return hung(wall) + f'<p class="note">Rows from above: after {steps} steps.</p>' if wall else ""


def _files(account: Account) -> str:
    dense = account.winners[0]
    rows = [
        [one.title, one.folder, f"{one.sparsity:.1%}", format_bytes(one.bytes), f"{one.bytes / dense.bytes:.3f}"]
        for one in account.winners
        if one.folder or one is dense
    ]
    return table(["generator", "folder", "sparsity", "weights, float32", "of dense"], rows, words=2)


def _numbers(account: Account) -> str:
    columns = ["arm", "sparsity", account.findings.measure, "at its best", "from dense, 95 % interval", "matches"]
    told = [table(columns, rows_of(account.findings), words=1)]
    for name, found in account.findings.others.items():
        rows = [
            [level.arm, f"{level.sparsity:.1%}", f"{level.error.mean:.4g}", f"{level.sparsity_of_parameters:.1%}"]
            for level in (found.dense, *(level for arm in found.arms() for level in found.of(arm)))
        ]
        told.append(table(["arm", "sparsity", name, "sparsity of all parameters"], rows, words=1))
    names = [account.findings.measure, *account.findings.others]
    return "".join(f"<details><summary>{name}</summary>{one}</details>" for name, one in zip(names, told, strict=True))
