"""`intaglio study run` and `resume`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intaglio.cli import settings as given
from intaglio.cli import training_options as common
from intaglio.cli.study_options import Folder, Json, Name

if TYPE_CHECKING:
    from intaglio.studies.definition import Definition, Study
    from intaglio.studies.sources import Sources
    from intaglio.studies.workspace import Workspace

Workers = Annotated[int, typer.Option(help="Processes that work side by side; of one thread each.")]
Scale = Annotated[str, typer.Option(help="tiny (seconds), small (two cores for hours) or paper (its full schedule).")]
Network = Annotated[
    list[str] | None, typer.Option("--network", help="Kind of network; those of the study if left out.", show_default=False)
]
Encoder = Annotated[str, typer.Option("--encoder", help="Network to take the encoder from.")]
Start = Annotated[
    str | None,
    typer.Option(
        "--start",
        help="Network that training begins with, '' for fresh weights; if left out, those of each kind that come along, and "
        "fresh ones at the scale of the paper.",
        show_default=False,
    ),
]
LossNetwork = Annotated[str, typer.Option("--loss-network", help="Network that judges, in training and after it.")]
TestContent = Annotated[
    list[Path] | None, typer.Option("--test-content", help="Folders of contents to be judged on.", show_default=False)
]
TestStyle = Annotated[
    list[Path] | None, typer.Option("--test-style", help="Folders of styles to be judged on.", show_default=False)
]


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
    start: Start = None,
    loss_network: LossNetwork = "loss-network",
    spec_file: common.SpecFile = None,
    workers: Workers = 1,
    device: common.Device = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what there is to do, and do nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Run a study, or go on with it.

    What is done is not done again; the same study gives the same bytes, with one worker or several.
    """
    from intaglio.cli.study_output import print_findings, print_plan
    from intaglio.studies.catalog import DEFINITIONS
    from intaglio.studies.workspace import Workspace

    _check_workers(workers)
    folders = {"content": content, "style": style, "--test-content": test_content, "--test-style": test_style}
    names, settings = {"encoder": encoder, "loss_network": loss_network}, given.read_settings(spec_file)
    study, sources = _asked(DEFINITIONS[name], scale, tuple(network or ()), {**names, "start": start}, folders, settings)
    workspace = Workspace(output)
    if dry_run:
        print_plan(study, workspace, as_json)
        return
    with workspace.locked():
        workspace.describe(study)
        sources.keep(output)
        _run(study, workspace, sources, workers, device)
    print_findings(study, workspace, as_json)


def resume(folder: Folder, workers: Workers = 1, device: common.Device = "auto", as_json: Json = False) -> None:
    """Go on with a study; its folder knows the rest."""
    from intaglio.cli.study_output import print_findings
    from intaglio.studies.definition import Study
    from intaglio.studies.sources import Sources
    from intaglio.studies.workspace import Workspace

    _check_workers(workers)
    workspace = Workspace(folder)
    study = Study.of(workspace)
    with workspace.locked():
        _run(study, workspace, Sources.kept(folder), workers, device)
    print_findings(study, workspace, as_json)


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


def _asked(
    definition: "Definition",
    scale: str,
    networks: tuple[str, ...],
    names: dict[str, str | None],
    folders: dict[str, list[Path] | None],
    settings: dict[str, Any],
) -> "tuple[Study, Sources]":
    """The study of these networks and pictures, and where they are."""
    from intaglio.data.folder import PictureFolder
    from intaglio.samples import BY_KIND
    from intaglio.storage.artifact import from_pretrained
    from intaglio.studies.definition import Materials
    from intaglio.studies.sources import Sources
    from intaglio.vocabulary.errors import OptionError

    missing = [option if option.startswith("--") else f"--{option}" for option, paths in folders.items() if not paths]
    if missing:
        raise OptionError(
            f"{', '.join(missing)} is missing; name folders of pictures to learn from, and others to be judged on"
        )
    kinds = [kind for kind in networks or definition.networks if kind in BY_KIND]
    begin = {kind: str(BY_KIND[kind]) for kind in kinds} if names["start"] is None else {}
    found = {role: where for role, where in {**names, **begin}.items() if where}
    digests = {role: from_pretrained(where).digest() for role, where in found.items()}
    pictures = {option: PictureFolder.scan(paths or []).digest() for option, paths in folders.items()}
    materials = Materials(
        encoder=digests["encoder"],
        start={kind: digests[kind] for kind in begin},
        loss_network=digests["loss_network"],
        data={"content": pictures["content"], "style": pictures["style"]},
        test={"content": pictures["--test-content"], "style": pictures["--test-style"]},
    )
    places = {role: str(Path(where).resolve()) if Path(where).exists() else where for role, where in found.items()}
    sources = Sources(
        {digest: places[role] for role, digest in digests.items()},
        {pictures[option]: tuple(str(path.resolve()) for path in paths or []) for option, paths in folders.items()},
    )
    if names["start"] is not None:
        settings = {"start": digests.get("start", ""), **settings}
    return definition.study(materials, scale, networks, **settings), sources
