"""`write_report`: from the folder of a study of smaller style networks to its report."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from intaglio.studies.compression.definition import CompressionDefinition, CompressionStudy
from intaglio.studies.compression.reporting.facts import Account, CompressionReport
from intaglio.studies.compression.reporting.gather import gather
from intaglio.studies.compression.reporting.page import page
from intaglio.studies.compression.reporting.plots import plots_of
from intaglio.studies.reporting.files import file_name, make_folder, write_files
from intaglio.studies.reporting.wall import Wall, drawn, samples_of
from intaglio.studies.tickets.samples import sample_of
from intaglio.studies.tickets.steps import Sample
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.errors import JournalError
from intaglio.vocabulary.progress import Listener, ignore


def write_report(
    study: CompressionStudy,
    definition: CompressionDefinition,
    workspace: Workspace,
    out: Path,
    *,
    listener: Listener = ignore,
) -> CompressionReport:
    """Write what a study found so far.

    `index.html`, one file that needs no other; `report.json` and `report.csv`; plots as SVG and PNG, contact sheets as JPEG.

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
    walls, notes = drawn({one.label: partial(_wall, one, workspace, listener) for one in report.accounts}, out)
    plots = {one.label: plots_of(one, file_name(one.label)) for one in report.accounts}
    notes += [f"{label}: no network is judged yet." for label in report.waiting]
    report = report.model_copy(update={"notes": tuple(notes)})
    every = [plot for found in plots.values() for plot in found]
    write_files(out, page=page(report, plots, walls), report=report, rows=_rows(report), plots=every)
    return report


def _wall(account: Account, workspace: Workspace, listener: Listener) -> Wall:
    """Pictures by each of the exhibits, beside contents and styles.

    Raises:
        InputError: the pictures are not at hand.

    """
    rows, data = range(Sample.model_fields["pairs"].default), account.plan.test
    folders = samples_of([(exhibit.title, exhibit.step) for exhibit in account.exhibits], data, workspace, listener)
    given = [(name, "", [sample_of(folders[0], name, row) for row in rows]) for name in data]
    drawn = [
        (exhibit.title, exhibit.remark, [sample_of(folder, "stylized", row) for row in rows])
        for exhibit, folder in zip(account.exhibits, folders, strict=True)
    ]
    return [*given, *drawn]


def _rows(report: CompressionReport) -> Iterator[Sequence[object]]:
    """The names of the columns, and a row for every network that was made smaller."""
    yield [
        *("label", "arm", "asked", "speedup", "parameters", "seed", "dense", "cut"),
        *("error", "content", "style", "times_dense", "recovered", "forced"),
    ]
    for account in report.accounts:
        for one in account.findings.outcomes:
            for seed, run in one.runs.items():
                named = [account.label, one.arm, one.asked, run.speedup, run.parameters, seed, run.dense.error, run.cut]
                yield [*named, run.errors.error, run.errors.content, run.errors.style, run.times, run.recovered, run.forced]
