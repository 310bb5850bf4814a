"""`intaglio translate`: a picture of one kind made one of another."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a translator.", show_default=False)],
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="File to translate.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture file to write.", show_default=False)],
    memory: Annotated[
        str | None, typer.Option(help="Most memory to take, such as 2GB; most of what is free if left out.", show_default=False)
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of JPEG and WebP.")] = 90,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Translate a picture with a generator of CycleGAN, whole in memory: what does not fit is refused before it starts."""
    import time

    from intaglio.cli.output import print_json
    from intaglio.storage.artifact import from_pretrained
    from intaglio.stylizing.resources import memory_limit
    from intaglio.stylizing.run import default_device
    from intaglio.stylizing.translate import translate
    from intaglio.vocabulary.quantities import format_duration, parse_bytes

    began, pretrained = time.monotonic(), from_pretrained(model)
    limit = memory_limit(parse_bytes(memory) if memory else None)
    header = translate(pretrained, picture, output, memory=limit, device=default_device(device), quality=quality)
    seconds = time.monotonic() - began
    if as_json:
        print_json({"output": str(output), "width": header.width, "height": header.height, "seconds": round(seconds, 3)})
    else:
        typer.echo(f"{output}  {header.width}x{header.height}, {format_duration(seconds)}")
