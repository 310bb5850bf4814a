"""`intaglio study`: questions about networks, run step by step, resumed, and reported."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intaglio.cli import settings as given
from intaglio.cli import training_options as common

if TYPE_CHECKING:
    from intaglio.studies.definition import Definition, Study
    from intaglio.studies.findings import Findings, Level
    from intaglio.studies.sources import Sources
    from intaglio.studies.workspace import Workspace

app = typer.Typer(no_args_is_help=True, help="Run studies of lottery tickets: list them, show one, run it, see how far it is.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the study, one of `intaglio study list`.", show_default=False)]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Of a study that was begun.", show_default=False)]
Workers = Annotated[int, typer.Option(help="Processes that work side by side; of one thread each.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Scale = Annotated[str, typer.Option(help="tiny (seconds), small (two cores for hours) or paper (its full schedule).")]
Network = Annotated[
    list[str] | None, typer.Option("--network", help="Kind of network; those of the study if left out.", show_default=False)
]
Encoder = Annotated[str, typer.Option("--encoder", help="Network to take the encoder from.")]
Start = Annotated[str, typer.Option("--start", help="Network that training begins with; '' for fresh weights.")]
LossNetwork = Annotated[str, typer.Option("--loss-network", help="Network that judges, in training and after it.")]
TestContent = Annotated[
    list[Path] | None, typer.Option("--test-content", help="Folders of contents to be judged on.", show_default=False)
]
TestStyle = Annotated[
    list[Path] | None, typer.Option("--test-style", help="Folders of styles to be judged on.", show_default=False)
]


@app.command(name="list")
def list_studies(as_json: Json = False) -> None:
    """The studies there are."""
    from intaglio.cli.output import print_json, print_table
    from intaglio.studies.catalog import DEFINITIONS

    if as_json:
        fields = ("name", "title", "source", "networks")
        print_json([{name: getattr(one, name) for name in fields} for one in DEFINITIONS.values()])
        return
    rows = [[one.name, f"{one.title}\n{one.source}; {', '.join(one.networks)}"] for one in DEFINITIONS.values()]
    print_table(["study", ""], rows)


@app.command()
def run(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the study; it goes on with what is there.")],
    content: common.Content = None,
    style: common.Style = None,
    test_content: TestContent = None,
    test_style: TestStyle = None,
    scale: Scale = "small",
    network: Network = None,
    encoder: Encoder = "wct-16x",
    start: Start = "wct-16x",
    loss_network: LossNetwork = "loss-network",
    spec_file: common.SpecFile = None,
    workers: Workers = 1,
    device: common.Device = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what there is to do, and do nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Run a study, or go on with it; the same command again ends with the same bytes."""
    from intaglio.studies.catalog import DEFINITIONS
    from intaglio.studies.workspace import Workspace

    _check_workers(workers)
    folders = {"content": content, "style": style, "--test-content": test_content, "--test-style": test_style}
    names = {"encoder": encoder, "start": start, "loss_network": loss_network}
    study, sources = _asked(DEFINITIONS[name], scale, tuple(network or ()), names, folders, given.read_settings(spec_file))
    workspace = Workspace(output)
    if dry_run:
        _print_plan(study, workspace, as_json)
        return
    with workspace.locked():
        workspace.describe(study)
        sources.keep(output)
        _run(study, workspace, sources, workers, device)
    _print_findings(study, workspace, as_json)


@app.command()
def resume(folder: Folder, workers: Workers = 1, device: common.Device = "auto", as_json: Json = False) -> None:
    """Go on with a study; its folder knows the rest."""
    from intaglio.studies.sources import Sources
    from intaglio.studies.workspace import Workspace

    _check_workers(workers)
    workspace = Workspace(folder)
    study = _described(workspace)
    with workspace.locked():
        _run(study, workspace, Sources.kept(folder), workers, device)
    _print_findings(study, workspace, as_json)


def _check_workers(workers: int) -> None:
    from intaglio.vocabulary.errors import OptionError

    if workers < 1:
        raise OptionError(f"workers is {workers}; it has to be at least 1")


def _run(study: "Study", workspace: "Workspace", sources: "Sources", workers: int, device: str) -> None:
    """Do what is not done."""
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.studies.runner import run_steps
    from intaglio.stylizing.run import default_device

    with progress_bar(study.name) as listener:
        run_steps(study.steps(), workspace, sources, workers=workers, device=str(default_device(device)), listener=listener)


@app.command()
def status(folder: Folder, as_json: Json = False) -> None:
    """How far a study is, and what it found so far."""
    from intaglio.studies.workspace import Workspace

    workspace = Workspace(folder)
    _print_findings(_described(workspace), workspace, as_json)


@app.command()
def report(
    folder: Folder,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write; `report` in that of the study.", show_default=False)
    ] = None,
) -> None:
    """Write what a study found so far: a page to look at, plots, tables, pictures, and the tickets that won."""
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.studies.reporting.write import PAGE, write_report
    from intaglio.studies.workspace import Workspace

    workspace, out = Workspace(folder), output or folder / "report"
    study = _described(workspace)
    with progress_bar(study.name) as listener:
        made = write_report(study, workspace, out, listener=listener)
    for note in made.notes:
        typer.echo(note)
    typer.echo(f"{out / PAGE}")


def _described(workspace: "Workspace") -> "Study":
    from intaglio.studies.definition import Study

    return Study.parse(workspace.description(), where=str(workspace.folder))


def _asked(
    definition: "Definition",
    scale: str,
    networks: tuple[str, ...],
    names: dict[str, str],
    folders: dict[str, list[Path] | None],
    settings: dict[str, Any],
) -> "tuple[Study, Sources]":
    """The study of these networks and pictures, and where they are."""
    from intaglio.data.folder import PictureFolder
    from intaglio.storage.artifact import from_pretrained
    from intaglio.studies.definition import Materials
    from intaglio.studies.sources import Sources
    from intaglio.vocabulary.errors import OptionError

    missing = [option if option.startswith("--") else f"--{option}" for option, paths in folders.items() if not paths]
    if missing:
        raise OptionError(
            f"{', '.join(missing)} is missing; name folders of pictures to learn from, and others to be judged on"
        )
    digests = {role: from_pretrained(where).digest() if where else "" for role, where in names.items()}
    pictures = {option: PictureFolder.scan(paths or []).digest() for option, paths in folders.items()}
    materials = Materials(
        encoder=digests["encoder"],
        start=digests["start"],
        loss_network=digests["loss_network"],
        data={"content": pictures["content"], "style": pictures["style"]},
        test={"content": pictures["--test-content"], "style": pictures["--test-style"]},
    )
    sources = Sources(
        {
            digest: str(Path(names[role]).resolve()) if Path(names[role]).exists() else names[role]
            for role, digest in digests.items()
            if digest
        },
        {pictures[option]: tuple(str(path.resolve()) for path in paths or []) for option, paths in folders.items()},
    )
    return definition.study(materials, scale, networks, **settings), sources


def _print_plan(study: "Study", workspace: "Workspace", as_json: bool) -> None:
    from intaglio.cli.output import print_json, print_table
    from intaglio.studies.lottery import steps
    from intaglio.studies.runner import standing

    found = {label: standing(steps(lottery), workspace) for label, lottery in study.lotteries.items()}
    if as_json:
        print_json({label: vars(one) for label, one in found.items()})
        return
    columns = ["steps", "done", "training steps", "of these done"]
    rows = [
        [label, f"{one.steps:,}", f"{one.done:,}", f"{one.cost:,.0f}", f"{one.cost_done:,.0f}"] for label, one in found.items()
    ]
    print_table(["study of", *columns], rows, numbers=columns)


def _print_findings(study: "Study", workspace: "Workspace", as_json: bool) -> None:
    from intaglio.cli.output import print_facts, print_json, print_table
    from intaglio.studies.findings import findings

    found = {label: findings(lottery, workspace) for label, lottery in study.lotteries.items()}
    if as_json:
        print_json({label: one.model_dump(mode="json") if one else None for label, one in found.items()})
        return
    for label, one in found.items():
        if one is None:
            typer.echo(f"{label}: nothing is judged yet")
            continue
        print_table(
            ["arm", "sparsity", "error", "from dense", "matches"], _rows(one), numbers=["sparsity", "error", "from dense"]
        )
        typer.echo()
        print_facts([(label, f"{one.missing} networks to go" if one.missing else "complete"), *_summary(one)])
        typer.echo()


def _rows(found: "Findings") -> list[list[str]]:
    return [_row(found.dense), *(_row(level) for arm in found.arms() for level in found.of(arm))]


def _row(level: "Level") -> list[str]:
    difference = level.difference
    spread = "" if difference.low is None else f" [{difference.low:+.3f}, {difference.high:+.3f}]"
    told = [f"{difference.mean:+.3f}{spread}", "yes" if level.matches else "no"] if level.round or difference.mean else ["", ""]
    return [level.arm, f"{level.sparsity:.1%}", f"{level.error.mean:.3f}", *told]


def _summary(found: "Findings") -> list[tuple[str, str]]:
    facts = []
    for arm in found.arms():
        best, extreme = found.best(arm), found.extreme(arm)
        assert best is not None
        sparsest = f"sparsest that matches {extreme.sparsity:.1%}" if extreme else "none matches"
        facts.append((f"  {arm}", f"best {best.error.mean:.3f} at {best.sparsity:.1%}; {sparsest}"))
    return facts
