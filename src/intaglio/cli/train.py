"""`intaglio train`: a style network for an encoder that is at hand, a classifier or a GAN."""

from pathlib import Path
from typing import Annotated, Any

import typer

from intaglio.cli import settings as given
from intaglio.cli import training_options as common


def run(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="What to train: adain, sanet, ..., convnet, ..., sngan, ..., cyclegan.", show_default=False
        ),
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
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="Folders of pictures, for reconstruction, classes and GANs.", show_default=False),
    ] = None,
    content: common.Content = None,
    style: common.Style = None,
    first: Annotated[
        list[Path] | None, typer.Option("--from", help="Folders of pictures to translate from.", show_default=False)
    ] = None,
    second: Annotated[
        list[Path] | None, typer.Option("--to", help="Folders of pictures to translate to.", show_default=False)
    ] = None,
    run_folder: common.RunFolder = None,
    spec_file: common.SpecFile = None,
    steps: Annotated[
        int | None, typer.Option(help="Optimizer steps, of each decoder where there are several.", show_default=False)
    ] = None,
    content_weight: Annotated[float | None, typer.Option(help="Of the content loss.", show_default=False)] = None,
    style_weight: Annotated[float | None, typer.Option(help="Of the style loss.", show_default=False)] = None,
    joint: Annotated[bool, typer.Option("--joint", help="Train the encoder as well.")] = False,
    slim: Annotated[
        float | None,
        typer.Option(
            help="Push scales of a GAN's channels to zero, 0.1 for example; for `ticket channels`.", show_default=False
        ),
    ] = None,
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
    layout, a folder with `train` and `val` and a folder for each class in them, or an `.npz` of arrays. So do GANs, which take
    any folder of pictures where they need no classes; their discriminator is kept in OUTPUT.discriminator. CycleGAN learns to
    translate pictures `--from` one kind `--to` another, and back: OUTPUT.reverse-generator.
    """
    import time
    from dataclasses import replace
    from functools import partial

    from intaglio.cli.progress_bar import progress_bar
    from intaglio.cli.train_classifier import train_classifier
    from intaglio.cli.train_gan import train_gan, train_translators
    from intaglio.storage.artifact import from_pretrained
    from intaglio.training.catalog import RECIPES
    from intaglio.training.classifier import CLASSIFIERS
    from intaglio.training.gan.catalog import GANS, TRANSLATIONS
    from intaglio.training.recipe import Parents
    from intaglio.vocabulary.catalog import Catalog
    from intaglio.vocabulary.errors import OptionError

    known = (RECIPES, CLASSIFIERS, GANS, TRANSLATIONS)
    name = Catalog("training method", [(one, one) for catalog in known for one in catalog])[name]
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
        _refuse_unused(context, f"{name}, a classifier", "data", "start")
        classifier, judged = train_classifier(name, data or [], start, settings, folder, conduct, context.obj.arguments)
        common.keep(classifier, output, time.monotonic() - began, as_json, judged=judged)
        return
    if name in GANS:
        given.overrule(settings, ("training",), **length)
        given.overrule(settings, ("slim",), generator=slim)
        _refuse_unused(context, f"{name}, a GAN", "data", "start", "slim")
        parts = train_gan(name, data or [], start, settings, folder, conduct, context.obj.arguments)
        common.keep(parts.pop("generator"), output, time.monotonic() - began, as_json, beside=parts)
        return
    if name in TRANSLATIONS:
        given.overrule(settings, ("training",), **length)
        given.overrule(settings, ("slim",), generator=slim)
        _refuse_unused(context, f"{name}, a translation", "first", "second", "start", "slim", "crop", "resize")
        kinds = {"first": first or [], "second": second or []}
        size = {"size": crop, "to": resize}
        parts = train_translators(name, kinds, start, settings, size, folder, conduct, context.obj.arguments)
        common.keep(parts.pop("generator"), output, time.monotonic() - began, as_json, beside=parts)
        return
    recipe = RECIPES[name]
    _refuse_unused(context, f"{name}, a style network", *(set(_OPTIONS) - {"first", "second", "slim"}))
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


_OPTIONS = {
    "encoder": "--encoder",
    "start": "--start",
    "loss_network": "--loss-network",
    "data": "--data",
    "content": "--content",
    "style": "--style",
    "first": "--from",
    "second": "--to",
    "content_weight": "--content-weight",
    "style_weight": "--style-weight",
    "joint": "--joint",
    "slim": "--slim",
    "crop": "--crop",
    "resize": "--resize",
}
"""Those that not all kinds of networks have."""


def _refuse_unused(context: typer.Context, what: str, *used: str) -> None:
    """Options that this kind of network does not have."""
    from intaglio.vocabulary.errors import OptionError

    for name, option in _OPTIONS.items():
        if name not in used and context.params.get(name):
            raise OptionError(f"{option} is not used for {what}; leave it out")
