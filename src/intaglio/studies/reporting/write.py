"""`write_report`: from a study's folder to its report."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from intaglio.images.atomic import replacing
from intaglio.images.contact_sheet import contact_sheet
from intaglio.images.failures import unwritable
from intaglio.studies.catalog import DEFINITIONS
from intaglio.studies.definition import Study
from intaglio.studies.reporting.exhibits import kept, measured, samples_of
from intaglio.studies.reporting.facts import Account, Report, Winner
from intaglio.studies.reporting.gather import gather
from intaglio.studies.reporting.page import Wall, page
from intaglio.studies.reporting.plots import plots_of
from intaglio.studies.samples import sample_of
from intaglio.studies.sources import Sources
from intaglio.studies.steps import Sample
from intaglio.studies.workspace import Workspace
from intaglio.training.evaluate import write_json, write_text
from intaglio.vocabulary.errors import InputError, JournalError
from intaglio.vocabulary.progress import Listener, ignore

PAGE, FACTS, NUMBERS = "index.html", "report.json", "report.csv"
_CELL = 224


def write_report(study: Study, workspace: Workspace, out: Path, *, listener: Listener = ignore) -> Report:
    """Write what a study found so far.

    `index.html`, one file that needs no other; `report.json` and `report.csv`; plots as SVG and PNG, contact sheets as JPEG;
    `tickets/`, the best and the sparsest matching ticket of each network.

    Args:
        study: what `workspace` describes.
        workspace: of the study; it may be running.
        out: folder, made if need be; files of an earlier report are replaced.
        listener: hears of the pictures that are drawn.

    Raises:
        JournalError: nothing is judged yet.
        ResourceError: the folder cannot be written.

    """
    report = gather(study, DEFINITIONS[study.name], workspace)
    if not report.accounts:
        raise JournalError(f"{workspace.folder}: no network is judged yet; go on with `intaglio study resume`")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(out, error) from None
    accounts, notes, plots, walls = [], [], {}, {}
    for begun in report.accounts:
        name = _file_name(begun.label)
        account = kept(begun, out, name, workspace, report.study_digest)
        account = account.model_copy(update={"pace": measured(account, workspace)})
        try:
            folders = samples_of(account, workspace, Sources.kept(workspace.folder), listener)
        except (InputError, JournalError) as error:
            notes.append(f"{account.label}: no pictures, since {error}")
        else:
            walls[account.label] = _wall(account, folders)
            _write_sheet(walls[account.label], out / f"{name}-pictures.jpg")
        plots[account.label] = plots_of(account, name)
        accounts.append(account)
    notes += [f"{label}: no network is judged yet." for label in report.waiting]
    report = report.model_copy(update={"accounts": tuple(accounts), "notes": tuple(notes)})
    for plot in (plot for drawn in plots.values() for plot in drawn):
        write_text(out / f"{plot.name}.svg", plot.svg)
        _write_bytes(out / f"{plot.name}.png", plot.png)
    write_json(out / FACTS, report.model_dump(mode="json"))
    write_text(out / NUMBERS, _table(report))
    write_text(out / PAGE, page(report, plots, walls))
    return report


def _wall(account: Account, folders: Sequence[Path]) -> Wall:
    rows = range(Sample.model_fields["pairs"].default)
    given = [(name, "", [sample_of(folders[0], name, row) for row in rows]) for name in account.lottery.test]
    drawn = [
        (winner.title, _remark(winner), [sample_of(folder, "stylized", row) for row in rows])
        for winner, folder in zip(account.winners, folders, strict=True)
    ]
    return [*given, *drawn]


def _remark(winner: Winner) -> str:
    return f"{winner.sparsity:.1%}, seed {winner.seed}" if winner.round else f"seed {winner.seed}"


def _write_sheet(wall: Wall, out: Path) -> None:
    pictures = [path for row in zip(*(column for _, _, column in wall), strict=True) for path in row]
    names = [f"{name} {remark}".strip() for name, remark, _ in wall]
    captions = [names[place % len(wall)] if place < len(wall) else "" for place in range(len(pictures))]
    contact_sheet(pictures, out, columns=len(wall), cell=(_CELL, _CELL), captions=captions)


def _table(report: Report) -> str:
    """A row for every network that was judged."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["label", "network", "arm", "round", "seed", "sparsity", "sparsity_of_parameters", "error", "from_dense"])
    for account in report.accounts:
        found = account.findings
        for level in (found.dense, *found.levels):
            for seed, error in level.errors.items():
                change = error - found.dense.errors[seed] if seed in found.dense.errors else ""
                facts = [level.round, seed, level.sparsity, level.sparsity_of_parameters, error, change]
                writer.writerow([account.label, found.network, level.arm, *facts])
    return text.getvalue()


def _write_bytes(path: Path, content: bytes) -> None:
    try:
        with replacing(path, durable=False) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise unwritable(path, error) from None


def _file_name(label: str) -> str:
    return re.sub(r"[^\w.-]+", "-", label).strip("-")
