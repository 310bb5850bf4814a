"""`write_report`: from the folder of a study of tickets to its report."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from intaglio.studies.reporting.files import file_name, make_folder, write_files
from intaglio.studies.reporting.wall import Wall, drawn, samples_of
from intaglio.studies.tickets.definition import LotteryStudy, TicketDefinition
from intaglio.studies.tickets.reporting.exhibits import kept, measured
from intaglio.studies.tickets.reporting.facts import Account, Report, Winner
from intaglio.studies.tickets.reporting.gather import gather
from intaglio.studies.tickets.reporting.page import page
from intaglio.studies.tickets.reporting.plots import plots_of
from intaglio.studies.tickets.samples import sample_of
from intaglio.studies.tickets.steps import Sample
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.errors import JournalError
from intaglio.vocabulary.progress import Listener, ignore


def write_report(
    study: LotteryStudy, definition: TicketDefinition, workspace: Workspace, out: Path, *, listener: Listener = ignore
) -> Report:
    """Write what a study found so far.

    `index.html`, one file that needs no other; `report.json` and `report.csv`; plots as SVG and PNG, contact sheets as JPEG;
    `tickets/`, the best and the sparsest matching ticket of each network.

    Args:
        study: what `workspace` describes.
        definition: of the study.
        workspace: of the study; it may be running.
        out: folder, made if need be; files of an earlier report are replaced.
        listener: hears of the pictures that are drawn.

    Raises:
        JournalError: nothing is judged yet.
        ResourceError: the folder cannot be written.

    """
    report = gather(study, definition, workspace)
    if not report.accounts:
        raise JournalError(f"{workspace}: no network is judged yet; go on with `intaglio study resume`")
    make_folder(out)
    accounts = []
    for begun in report.accounts:
        account = kept(begun, out, file_name(begun.label), workspace, report.study_digest)
        accounts.append(account.model_copy(update={"pace": measured(account, workspace)}))
    walls, notes = drawn({one.label: partial(_wall, one, workspace, listener) for one in accounts}, out)
    plots = {one.label: plots_of(one, file_name(one.label)) for one in accounts}
    notes += [f"{label}: no network is judged yet." for label in report.waiting]
    report = report.model_copy(update={"accounts": tuple(accounts), "notes": tuple(notes)})
    every = [plot for found in plots.values() for plot in found]
    write_files(out, page=page(report, plots, walls), report=report, rows=_rows(report), plots=every)
    return report


def _wall(account: Account, workspace: Workspace, listener: Listener) -> Wall:
    shown = [(winner.title, winner.step) for winner in account.winners]
    folders = samples_of(shown, account.lottery.test, workspace, listener)
    rows = range(Sample.model_fields["pairs"].default)
    given = [(name, "", [sample_of(folders[0], name, row) for row in rows]) for name in account.lottery.test]
    painted = [
        (winner.title, _remark(winner), [sample_of(folder, "stylized", row) for row in rows])
        for winner, folder in zip(account.winners, folders, strict=True)
    ]
    return [*given, *painted]


def _remark(winner: Winner) -> str:
    return f"{winner.sparsity:.1%}, seed {winner.seed}" if winner.round else f"seed {winner.seed}"


def _rows(report: Report) -> Iterator[Sequence[object]]:
    """The names of the columns, and a row for every network that was judged."""
    yield ["label", "network", "arm", "round", "seed", "sparsity", "sparsity_of_parameters", "error", "from_dense"]
    for account in report.accounts:
        found = account.findings
        for level in (found.dense, *found.levels):
            for seed, error in level.errors.items():
                change = error - found.dense.errors[seed] if seed in found.dense.errors else ""
                facts = [level.round, seed, level.sparsity, level.sparsity_of_parameters, error, change]
                yield [account.label, found.network, level.arm, *facts]
