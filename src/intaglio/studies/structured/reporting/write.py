"""`write_report`: from the folder of a study of structured pruning to its report."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from safetensors.torch import load_file

from intaglio.studies.reporting.files import file_name, make_folder, write_files
from intaglio.studies.structured.actions import pushes_of
from intaglio.studies.structured.definition import PruningDefinition, PruningStudy
from intaglio.studies.structured.reporting.facts import PruningReport
from intaglio.studies.structured.reporting.gather import gather
from intaglio.studies.structured.reporting.page import page
from intaglio.studies.structured.reporting.plots import plots_of
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.errors import JournalError


def write_report(study: PruningStudy, definition: PruningDefinition, workspace: Workspace, out: Path) -> PruningReport:
    """Write what a study found so far.

    `index.html`, one file that needs no other; `report.json` and `report.csv`; plots as SVG and PNG.

    Args:
        study: what `workspace` describes.
        definition: of the study.
        workspace: of the study; it may be running.
        out: folder, made if need be; files of an earlier report are replaced.

    Raises:
        JournalError: no network has learned yet.
        ResourceError: the folder cannot be written.

    """
    report = gather(study, definition, workspace)
    if not report.accounts:
        raise JournalError(f"{workspace}: no network has learned yet; go on with `intaglio study resume`")
    make_folder(out)
    notes = tuple(f"{label}: no network has learned yet." for label in report.waiting)
    report = report.model_copy(update={"notes": notes})
    plots = {}
    for account in report.accounts:
        paths = {one.step: pushes_of(workspace.step(one.step)) for one in account.pushes}
        traces = {step: load_file(path) for step, path in paths.items() if path.is_file()}
        plots[account.label] = plots_of(account, file_name(account.label), traces)
    drawn = [plot for found in plots.values() for plot in found]
    write_files(out, page=page(report, plots), report=report, rows=_rows(report), plots=drawn)
    return report


def _rows(report: PruningReport) -> Iterator[Sequence[object]]:
    """The names of the columns, and a row for every network that was pruned."""
    yield [
        *("label", "method", "arm", "asked", "speedup", "seed", "dense", "cut", "retrained", "points_lost"),
        *("groups", "recovered", "finished", "forced"),
    ]
    for account in report.accounts:
        for one in account.findings.outcomes:
            for seed, run in one.runs.items():
                accuracies = [run.dense, run.cut, run.retrained, run.lost]
                named = [account.label, one.method, one.arm, one.asked, run.speedup, seed]
                yield [*named, *accuracies, run.groups, run.recovered, run.finished, run.forced]
