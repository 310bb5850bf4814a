"""`intaglio train`: the decoders of a style network, for an encoder that is at hand."""

from pathlib import Path
from typing import Annotated

import typer

from intaglio.cli import settings as given
from intaglio.cli import training_options as common


def run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Kind of network: adain or wct.", show_default=False)],
    output: common.Output,
    encoder: Annotated[
        Path, typer.Option("--encoder", help="Folder of an encoder, or of a network to take encoders from.", show_default=False)
    ],
    start: Annotated[
        Path | None, typer.Option("--start", help="Folder of a network whose decoders are started from.", show_default=False)
    ] = None,
    loss_network: Annotated[
        Path | None,
        typer.Option("--loss-network", help="Folder of the loss network; the encoder if left out.", show_default=False),
    ] = None,
    data: common.Data = None,
    content: common.Content = None,
    style: common.Style = None,
    run_folder: common.RunFolder = None,
    spec_file: common.SpecFile = None,
    steps: Annotated[int | None, typer.Option(help="Steps of each decoder.", show_default=False)] = None,
    style_weight: Annotated[float | None, typer.Option(help="Of AdaIN's style loss.", show_default=False)] = None,
    joint: Annotated[bool, typer.Option("--joint", help="Train the encoder as well.")] = False,
    content_weight: Annotated[float | None, typer.Option(help="Of AdaIN's content loss.", show_default=False)] = None,
    batch: common.Batch = None,
    rate: common.Rate = None,
    schedule: common.Schedule = None,
    precision: common.Precision = None,
    seed: common.Seed = None,
    crop: common.CropSize = None,
    resize: common.Resize = None,
    device: common.Device = "auto",
    workers: common.Workers = 2,
    save_every: common.SaveEvery = 500,
    show_every: common.ShowEvery = 500,
    tensorboard: common.Board = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Train a style network; the same command goes on with an interrupted run."""
    import time
    from dataclasses import replace

    from intaglio.cli.progress_bar import progress_bar
    from intaglio.storage.artifact import from_pretrained
    from intaglio.training.catalog import METHODS
    from intaglio.training.fresh import TrainSpec, train_network
    from intaglio.training.parts import decoders_of, encoders_of

    kind = METHODS[name]
    settings = given.read_settings(spec_file)
    given.overrule(
        settings,
        ("decoder",),
        steps=steps,
        batch_size=batch,
        learning_rate=rate,
        schedule=schedule,
        precision=precision,
        seed=seed,
    )
    given.overrule(settings, ("losses",), style=style_weight, content=content_weight)
    if joint:
        settings["joint"] = True
    given.overrule_crop(settings, crop, resize)
    source = from_pretrained(encoder)
    losses = from_pretrained(loss_network) if loss_network else source
    begun = from_pretrained(start) if start else None
    pictures = common.find_pictures(kind.streams, {"picture": data, "content": content, "style": style})
    settings |= {
        "model": name,
        "encoder": source.digest(),
        "start": begun.digest() if begun else "",
        "loss_network": losses.digest() if loss_network else "",
        "data": {stream: found.digest() for stream, found in pictures.items()},
    }
    settings["losses"] = given.losses(settings, kind, str(spec_file or "options"))
    spec = TrainSpec.parse(settings, where=str(spec_file or "options"))
    deepest = max(kind.cuts)
    folder = run_folder or output.with_name(f"{output.name}.run")
    began = time.monotonic()
    with progress_bar(output.name) as listener:
        conduct = common.conduct(listener, device, workers, save_every, show_every, tensorboard)
        made = train_network(
            kind,
            spec,
            encoders_of(source, kind.cuts),
            encoders_of(losses, (deepest,))[deepest],
            pictures,
            folder,
            conduct,
            start=decoders_of(begun) if begun else None,
        )
    parents = [("encoder", source), ("start", begun), ("loss network", losses if loss_network else None)]
    made = replace(made, source=common.source(parents, context.obj.arguments, pictures))
    common.keep(made, output, time.monotonic() - began, as_json)
