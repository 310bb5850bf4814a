"""`intaglio study run` and `resume`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intaglio.cli import settings as given
from intaglio.cli import training_options as common
from intaglio.cli.engine_options import Address, EngineName, apart, engine_of
from intaglio.cli.study_options import Folder, Json, Name

if TYPE_CHECKING:
    from intaglio.engines.engine import Engine
    from intaglio.studies.sources import Sources
    from intaglio.studies.study import Study
    from intaglio.studies.workspace import Workspace

Workers = Annotated[
    int | None,
    typer.Option(
        help="Steps at once, of one thread each; 1 if left out, and on a cluster as many as it has room for.",
        show_default=False,
    ),
]
Scale = Annotated[str, typer.Option(help="tiny (seconds), small (two cores for hours) or paper (its full schedule).")]
Network = Annotated[
    list[str] | None, typer.Option("--network", help="Kind of network; those of the study if left out.", show_default=False)
]
Encoder = Annotated[
    str | None,
    typer.Option(
        "--encoder",
        help="Network to take the encoder from; if left out, a `--start` of the study's own kind, or wct-16x.",
        show_default=False,
    ),
]
Start = Annotated[
    str | None,
    typer.Option(
        "--start",
        help="Network that training begins with, in its own widths where it is of the study's kind, '' for fresh weights; if "
        "left out, those of each kind that come along, and fresh ones at the scale of the paper.",
        show_default=False,
    ),
]
LossNetwork = Annotated[
    str | None,
    typer.Option(
        "--loss-network", help="Network that judges, in training and after it; the package's if left out.", show_default=False
    ),
]
Features = Annotated[
    str | None,
    typer.Option("--features", help="Classifier that sees the pictures of GANs, to compare them.", show_default=False),
]
TestContent = Annotated[
    list[Path] | None, typer.Option("--test-content", help="Folders of contents to be judged on.", show_default=False)
]
TestStyle = Annotated[
    list[Path] | None, typer.Option("--test-style", help="Folders of styles to be judged on.", show_default=False)
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Pictures, of studies of classifiers and of GANs: CIFAR-10, class folders or an .npz.",
        show_default=False,
    ),
]
Target = Annotated[
    Path | None, typer.Option("--target", help="Those that a classifier learns after these, the same way.", show_default=False)
]


def run(
    name: Name,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Folder of the study, a path or a URL; it goes on with what is there.")
    ],
    content: common.Content = None,
    style: common.Style = None,
    test_content: TestContent = None,
    test_style: TestStyle = None,
    data: Data = None,
    target: Target = None,
    scale: Scale = "small",
    network: Network = None,
    encoder: Encoder = None,
    start: Start = None,
    loss_network: LossNetwork = None,
    features: Features = None,
    spec_file: common.SpecFile = None,
    workers: Workers = None,
    engine: EngineName = None,
    address: Address = None,
    device: common.Device = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what there is to do, and do nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Run a study, or go on with it.

    What is done is not done again; the same study gives the same bytes, with one worker or several, on one machine or many.
    """
    from intaglio.cli.study_output import print_plan, print_telling
    from intaglio.studies.catalog import DEFINITIONS
    from intaglio.studies.definition import Request
    from intaglio.studies.mirror import workspace_at
    from intaglio.studies.sources import Sources

    _check_workers(workers)
    workspace = workspace_at(output)
    # How it is carried out, and no part of what is asked.
    spec = given.read_settings(spec_file)
    named = spec.pop("engine", None)
    chosen = engine_of(engine or named, address)
    folders = {"--content": content, "--style": style, "--test-content": test_content, "--test-style": test_style}
    folders |= {"--data": [data] if data else None, "--target": [target] if target else None}
    begin = {"--encoder": encoder, "--start": start, "--loss-network": loss_network, "--features": features}
    definition = DEFINITIONS[name]
    study, sources = definition.asked(
        Request(
            scale=scale,
            networks=tuple(network or ()),
            folders={option: tuple(paths) for option, paths in folders.items() if paths},
            begin={option: where for option, where in begin.items() if where is not None},
            settings=spec,
        )
    )
    if dry_run:
        print_plan(study, workspace.snapshot(), as_json)
        return
    with workspace.locked():
        workspace.describe(study)
        sources.keep(workspace)
        _run(study, workspace, Sources.kept(workspace), workers, device, chosen)
    print_telling(definition.found(study, workspace.snapshot()), as_json)


def resume(
    folder: Folder,
    workers: Workers = None,
    engine: EngineName = None,
    address: Address = None,
    device: common.Device = "auto",
    as_json: Json = False,
) -> None:
    """Go on with a study; its folder knows the rest."""
    from intaglio.cli.study_output import print_telling
    from intaglio.studies.folder import open_study
    from intaglio.studies.mirror import workspace_at
    from intaglio.studies.sources import Sources

    _check_workers(workers)
    chosen, workspace = engine_of(engine, address), workspace_at(folder)
    definition, study = open_study(workspace)
    with workspace.locked():
        _run(study, workspace, Sources.kept(workspace), workers, device, chosen)
    print_telling(definition.found(study, workspace.snapshot()), as_json)


def _check_workers(workers: int | None) -> None:
    from intaglio.vocabulary.errors import OptionError

    if workers is not None and workers < 1:
        raise OptionError(f"workers is {workers}; it has to be at least 1")


def _run(
    study: "Study", workspace: "Workspace", sources: "Sources", workers: int | None, device: str, engine: "Engine"
) -> None:
    """Do what is not done."""
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.studies.runner import run_steps
    from intaglio.stylizing.run import default_device

    place = device if engine.elsewhere else str(default_device(device))
    with apart(engine), progress_bar(study.name) as listener:
        run_steps(study.steps(), workspace, sources, workers=workers, device=place, listener=listener, engine=engine)
