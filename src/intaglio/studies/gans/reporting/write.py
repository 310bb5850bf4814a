"""`write_report`: from the folder of a study of tickets in GANs to its report."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from intaglio.storage.artifact import from_pretrained
from intaglio.storage.ticket import Origin
from intaglio.studies.gans.definition import GanDefinition, GanStudy
from intaglio.studies.gans.lottery import trials
from intaglio.studies.gans.places import part_of, taken
from intaglio.studies.gans.reporting.facts import Account, GanReport, Winner
from intaglio.studies.gans.reporting.gather import gather
from intaglio.studies.gans.reporting.page import page
from intaglio.studies.gans.reporting.plots import plots_of
from intaglio.studies.gans.strips import Strip, drawn_at
from intaglio.studies.reporting.files import file_name, make_folder, write_files
from intaglio.studies.reporting.tickets import save_ticket
from intaglio.studies.reporting.wall import Wall, drawn, made_by
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.errors import JournalError
from intaglio.vocabulary.progress import Listener, ignore

# Pictures in a row of a square: of GANs, and of translations, which are larger.
_SMALL, _LARGE = 4, 2


def write_report(
    study: GanStudy, definition: GanDefinition, workspace: Workspace, out: Path, *, listener: Listener = ignore
) -> GanReport:
    """Write what a study found so far.

    `index.html`, one file that needs no other; `report.json` and `report.csv`; plots as SVG and PNG, pictures over training as
    JPEG; `tickets/`, the best and the sparsest matching ticket of each generator.

    Args:
        study: what `workspace` describes.
        definition: of the study.
        workspace: of the study; it may be running.
        out: folder, made if need be; files of an earlier report are replaced.
        listener: hears of the pictures that are made.

    Raises:
        JournalError: nothing is judged yet.
        ResourceError: the folder cannot be written.

    """
    report = gather(study, definition, workspace)
    if not report.accounts:
        raise JournalError(f"{workspace}: no network is judged yet; go on with `intaglio study resume`")
    make_folder(out)
    accounts = [_kept(one, out, workspace, report.study_digest) for one in report.accounts]
    walls, notes = drawn({one.label: partial(_wall, one, workspace, listener) for one in accounts}, out)
    plots = {one.label: plots_of(one, file_name(one.label)) for one in accounts}
    notes += [f"{preset}: no game is judged yet." for preset in report.waiting]
    report = report.model_copy(update={"accounts": tuple(accounts), "notes": tuple(notes)})
    every = [plot for found in plots.values() for plot in found]
    write_files(out, page=page(report, plots, walls), report=report, rows=_rows(report), plots=every)
    return report


def _kept(account: Account, out: Path, workspace: Workspace, study: str) -> Account:
    """Save the generators that are tickets of the first arm: as trained, and with the weights they began with."""
    winners = []
    for winner in account.winners:
        place = ""
        if winner.arm == account.lottery.arms[0] and winner.round:
            place = f"tickets/{file_name(account.label)}-{winner.sparsity * 100:.0f}"
            _save_ticket(account, winner, out / place, workspace, study)
        winners.append(winner.model_copy(update={"folder": place}))
    return account.model_copy(update={"winners": tuple(winners)})


def _save_ticket(account: Account, winner: Winner, folder: Path, workspace: Workspace, study: str) -> None:
    part = account.findings.generator
    play = next(one.play for one in trials(account.lottery) if one.play.digest() == winner.step)
    trained, begun = from_pretrained(part_of(workspace, winner.step, part)), taken(workspace, play.start[part])
    origin = Origin(method=winner.arm, study=study, step=winner.step, round=winner.round)
    save_ticket(trained, begun, origin, play.start[part].at or 0, folder)


def _wall(account: Account, workspace: Workspace, listener: Listener) -> Wall:
    """A column for each winner, from the first look at it to the end of its training; what was translated comes first."""
    lottery, part = account.lottery, account.findings.generator
    strips = [(winner, _strip(winner, lottery.given, account)) for winner in account.winners]
    folders = made_by([(winner.title, strip) for winner, strip in strips], workspace, listener)
    columns = [
        (winner.title, _remark(winner), [drawn_at(folder, part, at) for at in (*strip.kept, None)])
        for (winner, strip), folder in zip(strips, folders, strict=True)
    ]
    if part not in lottery.given:
        return columns
    rows = len(columns[0][2])
    return [("given", "", [drawn_at(folders[0], part, "given")] * rows), *columns]


def _strip(winner: Winner, given: dict[str, str], account: Account) -> Strip:
    lottery = account.lottery
    return Strip(
        of=winner.step,
        preset=lottery.preset,
        given=given,
        side=lottery.side,
        kept=tuple(step for step, _ in winner.curve[:-1]),
        rows=_LARGE if given else _SMALL,
    )


def _remark(winner: Winner) -> str:
    return f"{winner.sparsity:.1%}, seed {winner.seed}" if winner.round else f"seed {winner.seed}"


def _rows(report: GanReport) -> Iterator[Sequence[object]]:
    """The names of the columns, and a row for every game that was judged, by generator."""
    yield ["label", "measure", "arm", "round", "seed", "sparsity", "sparsity_of_parameters", "last", "best"]
    for account in report.accounts:
        found = account.findings
        for level in (found.last.dense, *found.last.levels):
            best = found.best.at(level.arm, level.round) if level.round else found.best.dense
            assert best is not None
            for seed, score in level.errors.items():
                facts = [level.round, seed, level.sparsity, level.sparsity_of_parameters, score, best.errors[seed]]
                yield [account.label, found.measure, level.arm, *facts]
