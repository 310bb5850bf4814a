"""What `train` and `distill` have in common: their options, the pictures, the network in the end."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intaglio.cli.launched import first_process

if TYPE_CHECKING:
    from intaglio.data.folder import PictureFolder
    from intaglio.storage.pretrained import Pretrained, Source
    from intaglio.training.run import Conduct
    from intaglio.vocabulary.progress import Listener

Data = Annotated[list[Path] | None, typer.Option("--data", help="Folders of pictures, for reconstruction.", show_default=False)]
Content = Annotated[list[Path] | None, typer.Option("--content", help="Folders of contents.", show_default=False)]
Style = Annotated[list[Path] | None, typer.Option("--style", help="Folders of styles.", show_default=False)]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder for the network.", show_default=False)]
RunFolder = Annotated[
    Path | None, typer.Option("--run", help="Folder for checkpoints, logs and samples; OUTPUT.run if left out.")
]
SpecFile = Annotated[
    Path | None, typer.Option("--spec", help="TOML file with settings; options below overrule it.", show_default=False)
]
Batch = Annotated[int | None, typer.Option("--batch", help="Pictures of each kind per step.", show_default=False)]
Rate = Annotated[float | None, typer.Option("--rate", help="Learning rate.", show_default=False)]
Schedule = Annotated[
    str | None, typer.Option(help="Of the rate: constant, inverse, cosine, staircase, tenths or linear.", show_default=False)
]
Precision = Annotated[
    str | None, typer.Option(help="float32, or bfloat16: twice as fast where hardware has it.", show_default=False)
]
Seed = Annotated[int | None, typer.Option(help="Of samples, crops and fresh weights.", show_default=False)]
CropSize = Annotated[int | None, typer.Option("--crop", help="Side of the training examples, pixels.", show_default=False)]
Resize = Annotated[
    int | None, typer.Option("--resize", help="Shorter side of the pictures before the crop, pixels.", show_default=False)
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Workers = Annotated[int, typer.Option(help="Threads that decode pictures.")]
SaveEvery = Annotated[int, typer.Option(help="Steps between checkpoints.")]
ShowEvery = Annotated[int, typer.Option(help="Steps between grids of samples.")]
Board = Annotated[bool, typer.Option("--tensorboard", help="Log for TensorBoard too.")]


def find_pictures(streams: Sequence[str], given: Mapping[str, list[Path] | None]) -> "dict[str, PictureFolder]":
    """The pictures of each stream; what was skipped is said on standard error.

    Raises:
        OptionError: folders for a stream are missing, or there are some that nobody asks for.

    """
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.data.folder import PictureFolder
    from intaglio.vocabulary.errors import OptionError

    options = {"picture": "--data", "content": "--content", "style": "--style"}
    missing = [options[name] for name in streams if not given.get(name)]
    left_over = [options[name] for name, paths in given.items() if paths and name not in streams]
    if missing:
        raise OptionError(
            f"this network learns from {' and '.join(options[n] for n in streams)}; {', '.join(missing)} is missing"
        )
    if left_over:
        raise OptionError(f"{', '.join(left_over)} is not used here; give {' and '.join(options[n] for n in streams)}")
    found = {}
    for name in streams:
        with progress_bar(name) as listener:
            found[name] = PictureFolder.scan(given[name] or [], listener=listener)
        skipped = found[name].skipped
        if skipped and first_process():
            first = skipped[0]
            files = "1 file" if len(skipped) == 1 else f"{len(skipped)} files, the first"
            typer.echo(f"{name}: skipped {files}: {first.path}: {first.reason}", err=True)
    return found


def source(
    parents: "Sequence[tuple[str, Pretrained | None]]", arguments: Sequence[str], pictures: "Mapping[str, PictureFolder]"
) -> "Source":
    """Where a network comes from: its parents, the command, the data."""
    import shlex

    from intaglio.storage.pretrained import Source

    return Source(
        parents=tuple((role, parent.digest()) for role, parent in parents if parent is not None),
        commands=(shlex.join(["intaglio", *arguments]),),
        notes=tuple(f"{name}: {len(found)} pictures, digest {found.digest()}." for name, found in pictures.items()),
    )


def conduct(listener: "Listener", device: str, workers: int, save_every: int, show_every: int, tensorboard: bool) -> "Conduct":
    """How the run is carried out; the first of several processes tells of what looks wrong."""
    from intaglio.stylizing.run import default_device
    from intaglio.training.run import Conduct

    return Conduct(
        device=str(default_device(device)),
        workers=workers,
        save_every=save_every,
        show_every=show_every,
        tensorboard=tensorboard,
        listener=listener,
        warned=lambda text: typer.echo(f"warning: {text}", err=True) if first_process() else None,
        broken=lambda path, reason: typer.echo(f"{path} cannot be decoded, another stood in for it: {reason}", err=True),
    )


def keep(
    made: "Pretrained",
    output: Path,
    seconds: float,
    as_json: bool,
    *,
    beside: "Mapping[str, Pretrained] | None" = None,
    judged: "Mapping[str, float] | None" = None,
) -> None:
    """Save the network, and others beside it as `OUTPUT.name`; say what it is, and shares that it was judged by."""
    from intaglio.cli.output import print_json
    from intaglio.storage.artifact import save_pretrained
    from intaglio.vocabulary.quantities import format_bytes, format_duration

    if not first_process():
        return
    partners = {output.with_name(f"{output.name}.{name}"): partner for name, partner in (beside or {}).items()}
    for folder, partner in {**partners, output: made}.items():
        save_pretrained(partner, folder)
    parameters, size = sum(parameter.numel() for parameter in made.network.parameters()), len(made.weights())
    if as_json:
        facts = {"output": str(output), "parameters": parameters, "bytes": size, "seconds": round(seconds, 3), **(judged or {})}
        print_json({**facts, "beside": [str(folder) for folder in partners]} if partners else facts)
    else:
        shares = "".join(f", {name} {share:.2%}" for name, share in (judged or {}).items())
        typer.echo(f"{output}  {parameters:,} parameters, {format_bytes(size)}, {format_duration(seconds)}{shares}")
        for folder, partner in partners.items():
            typer.echo(f"{folder}  {sum(parameter.numel() for parameter in partner.network.parameters()):,} parameters")
