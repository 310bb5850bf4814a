"""`intaglio distill`: a compressed network from a large one, by collaborative distillation."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intaglio.cli import settings as given
from intaglio.cli import training_options as common
from intaglio.cli.times import parse_times

if TYPE_CHECKING:
    from intaglio.data.folder import PictureFolder
    from intaglio.storage.pretrained import Pretrained
    from intaglio.training.run import Conduct


def run(
    context: typer.Context,
    teacher: Annotated[Path, typer.Argument(metavar="TEACHER", help="Folder of a style network.", show_default=False)],
    output: common.Output,
    width: Annotated[
        float | None, typer.Option(help="Share of the teacher's channels that the student has.", show_default=False)
    ] = None,
    widths: Annotated[
        str | None,
        typer.Option(help="Channels of each convolution instead, conv1_1 first: 16,16,32,32,...", show_default=False),
    ] = None,
    speedup: Annotated[
        float | None,
        typer.Option(
            parser=parse_times,
            metavar="TIMES",
            help="Instead: how many times less its convolutions compute, such as 4x; for networks trained as one piece.",
            show_default=False,
        ),
    ] = None,
    multiple: Annotated[int, typer.Option(help="With --width or --speedup: channels are rounded to multiples of this.")] = 8,
    loss_network: Annotated[
        Path | None,
        typer.Option(help="With --speedup: folder of the loss network; the teacher's encoder if left out.", show_default=False),
    ] = None,
    data: common.Data = None,
    content: common.Content = None,
    style: common.Style = None,
    run_folder: common.RunFolder = None,
    spec_file: common.SpecFile = None,
    encoder_steps: Annotated[int | None, typer.Option(help="Steps of each encoder.", show_default=False)] = None,
    decoder_steps: Annotated[int | None, typer.Option(help="Steps of each decoder.", show_default=False)] = None,
    start: Annotated[
        str | None, typer.Option(help="Students start from the teacher's largest filters, or random.", show_default=False)
    ] = None,
    layers: Annotated[
        str | None,
        typer.Option(help="Embed the student at the first ReLU of each scale (scales), or at all.", show_default=False),
    ] = None,
    share_encoder: Annotated[
        bool | None, typer.Option("--share-encoder/--own-encoders", help="One encoder for all stages.", show_default=False)
    ] = None,
    grow: Annotated[
        bool | None, typer.Option("--grow/--fresh", help="Start decoders from the stage below.", show_default=False)
    ] = None,
    embedding: Annotated[
        float | None, typer.Option(help="Weight of the embedding loss; 0 leaves it out.", show_default=False)
    ] = None,
    collaboration: Annotated[
        bool | None,
        typer.Option("--collaboration/--no-collaboration", help="The teacher's decoder takes part.", show_default=False),
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="collaborative, or pruned: largest filters, tuned without a teacher.", show_default=False)
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
    """Compress a style network by teaching; the same command goes on with an interrupted run."""
    import time
    from dataclasses import replace

    from intaglio.cli.distill_whole import distill_whole
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.storage.artifact import from_pretrained
    from intaglio.training.catalog import RECIPES

    settings, where = given.read_settings(spec_file), str(spec_file or "options")
    chosen = {
        "start": start,
        "layers": layers,
        "share_encoder": share_encoder,
        "grow": grow,
        "embedding": embedding,
        "collaboration": collaboration,
        "method": method,
    }
    settings |= {name: value for name, value in chosen.items() if value is not None}
    given.overrule(
        settings,
        ("encoder", "decoder"),
        batch_size=batch,
        learning_rate=rate,
        schedule=schedule,
        precision=precision,
        seed=seed,
    )
    given.overrule(settings, ("encoder",), steps=encoder_steps)
    given.overrule(settings, ("decoder",), steps=decoder_steps)
    given.overrule_crop(settings, crop, resize)
    network, judge = from_pretrained(teacher), from_pretrained(loss_network) if loss_network else None
    recipe = RECIPES[network.card.name]
    _refuse_mixed(network, speedup, width if width is not None else widths, judge)
    if speedup is None and (width is not None or widths is not None or "widths" not in settings):
        from intaglio.training.distill import widths_of

        settings["widths"] = widths_of(network, width=width, widths=given.parse_widths(widths), multiple=multiple)
    pictures = common.find_pictures(recipe.streams, {"picture": data, "content": content, "style": style})
    settings["losses"] = given.losses(settings, recipe.losses, where)
    folder, began = run_folder or output.with_name(f"{output.name}.run"), time.monotonic()
    with progress_bar(output.name) as listener:
        conduct = common.conduct(listener, device, workers, save_every, show_every, tensorboard)
        if speedup is None:
            made = _by_stages(network, settings, where, pictures, folder, conduct)
        else:
            made = distill_whole(network, judge or network, speedup, multiple, settings, pictures, folder, conduct)
    parents = [("teacher", network), ("loss network", judge)]
    made = replace(made, source=common.source(parents, context.obj.arguments, pictures))
    common.keep(made, output, time.monotonic() - began, as_json)


def _by_stages(
    network: "Pretrained",
    settings: dict[str, Any],
    where: str,
    pictures: "Mapping[str, PictureFolder]",
    folder: Path,
    conduct: "Conduct",
) -> "Pretrained":
    """As the paper does it."""
    from intaglio.training.catalog import METHODS
    from intaglio.training.distill import DistillSpec, distill

    digests = {name: found.digest() for name, found in pictures.items()}
    spec = DistillSpec.parse({**settings, "teacher": network.digest(), "data": digests}, where=where)
    return distill(network, METHODS[network.card.name], spec, pictures, folder, conduct)


def _refuse_mixed(network: "Pretrained", speedup: float | None, widths: object, judge: "Pretrained | None") -> None:
    """Raise OptionError for options that do not go together, or not with the network."""
    from intaglio.training.catalog import METHODS
    from intaglio.vocabulary.errors import OptionError

    if speedup is None and network.card.name not in METHODS:
        raise OptionError(f"{network.card.name} is trained as one piece, and has no widths by stages; give --speedup")
    if speedup is None and judge is not None:
        raise OptionError("--loss-network is used with --speedup only; stages are judged by the teacher's encoder")
    if speedup is not None and widths is not None:
        raise OptionError("--speedup says how narrow the student is, and so do --width and --widths; give one of them")
