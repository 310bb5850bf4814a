"""`intaglio train`: a style network for an encoder that is at hand, or a classifier."""

from pathlib import Path
from typing import Annotated, Any

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
        Path | None,
        typer.Option("--encoder", help="Folder of an encoder, or of a network to take encoders from.", show_default=False),
    ] = None,
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
    """Train a network; the same command goes on with an interrupted run.

    Style networks learn from contents and styles, for an encoder. Classifiers learn from `--data`, CIFAR-10 in its official
    layout or a folder with `train` and `val` and a folder for each class in them.
    """
    import time
    from dataclasses import replace
    from functools import partial

    from intaglio.cli.progress_bar import progress_bar
    from intaglio.cli.train_classifier import train_classifier
    from intaglio.storage.artifact import from_pretrained
    from intaglio.training.catalog import RECIPES
    from intaglio.training.classifier import CLASSIFIERS
    from intaglio.training.recipe import Parents
    from intaglio.vocabulary.errors import OptionError

    settings, began = given.read_settings(spec_file), time.monotonic()
    length: dict[str, Any] = {"steps": steps, "batch_size": batch, "learning_rate": rate}
    length |= {"schedule": schedule, "precision": precision, "seed": seed}
    folder = run_folder or output.with_name(f"{output.name}.run")
    conduct = partial(
        common.conduct,
        device=device,
        workers=workers,
        save_every=save_every,
        show_every=show_every,
        tensorboard=tensorboard,
    )
    if name in CLASSIFIERS:
        given.overrule(settings, ("training",), **length)
        _refuse_unused(context, name)
        classifier, judged = train_classifier(name, data or [], start, settings, folder, conduct, context.obj.arguments)
        common.keep(classifier, output, time.monotonic() - began, as_json, **judged)
        return
    recipe = RECIPES[name]
    if encoder is None:
        raise OptionError("--encoder is missing; name an encoder, or a network to take encoders from")
    given.overrule(settings, (recipe.length,), **length)
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
    with progress_bar(output.name) as listener:
        made = recipe.train(spec, parents, pictures, folder, conduct(listener))
    made = replace(made, source=common.source(parents.roles(), context.obj.arguments, pictures))
    common.keep(made, output, time.monotonic() - began, as_json)


def _refuse_unused(context: typer.Context, name: str) -> None:
    """Options that only style networks have."""
    from intaglio.vocabulary.errors import OptionError

    options = ("encoder", "loss_network", "content", "style", "content_weight", "style_weight", "joint", "crop", "resize")
    for option in options:
        if context.params.get(option):
            raise OptionError(f"--{option.replace('_', '-')} is not used for {name}, a classifier; leave it out")
