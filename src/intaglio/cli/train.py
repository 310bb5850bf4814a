"""`intaglio train`: a style network for an encoder that is at hand."""

from pathlib import Path
from typing import Annotated

import typer

from intaglio.cli import settings as given
from intaglio.cli import training_options as common


def run(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Kind of network, one of `intaglio models`: adain, sanet, ...", show_default=False),
    ],
    output: common.Output,
    encoder: Annotated[
        Path, typer.Option("--encoder", help="Folder of an encoder, or of a network to take encoders from.", show_default=False)
    ],
    start: Annotated[
        Path | None, typer.Option("--start", help="Folder of a network to start from, as far as it fits.", show_default=False)
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
    steps: Annotated[
        int | None, typer.Option(help="Optimizer steps, of each decoder where there are several.", show_default=False)
    ] = None,
    content_weight: Annotated[float | None, typer.Option(help="Of the content loss.", show_default=False)] = None,
    style_weight: Annotated[float | None, typer.Option(help="Of the style loss.", show_default=False)] = None,
    joint: Annotated[bool, typer.Option("--joint", help="Train the encoder as well.")] = False,
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
    from intaglio.training.catalog import RECIPES
    from intaglio.training.recipe import Parents

    recipe = RECIPES[name]
    settings = given.read_settings(spec_file)
    given.overrule(
        settings,
        (recipe.length,),
        steps=steps,
        batch_size=batch,
        learning_rate=rate,
        schedule=schedule,
        precision=precision,
        seed=seed,
    )
    where = str(spec_file or "options")
    settings["losses"] = given.losses(settings, recipe.losses, where, content=content_weight, style=style_weight)
    if joint:
        settings["joint"] = True
    given.overrule_crop(settings, crop, resize, flip=recipe.crop.flip)
    parents = Parents(
        encoder=from_pretrained(encoder),
        start=from_pretrained(start) if start else None,
        loss_network=from_pretrained(loss_network) if loss_network else None,
    )
    pictures = common.find_pictures(recipe.streams, {"picture": data, "content": content, "style": style})
    digests = {stream: found.digest() for stream, found in pictures.items()}
    settings |= {"model": name, **parents.digests(), "data": digests}
    spec = recipe.spec(settings, where)
    folder = run_folder or output.with_name(f"{output.name}.run")
    began = time.monotonic()
    with progress_bar(output.name) as listener:
        conduct = common.conduct(listener, device, workers, save_every, show_every, tensorboard)
        made = recipe.train(spec, parents, pictures, folder, conduct)
    made = replace(made, source=common.source(parents.roles(), context.obj.arguments, pictures))
    common.keep(made, output, time.monotonic() - began, as_json)
