"""Pictures of `intaglio demo`: those stylized at full size, and the small copies that its page shows."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from intaglio.cli.demo_record import Shown, Stylization
from intaglio.cli.demo_render import render

if TYPE_CHECKING:
    from intaglio.storage.pretrained import Pretrained

PREVIEW_WIDTH, DETAIL = 1200, (560, 373)


def stylization(
    folder: Path, name: str, pretrained: "Pretrained", content: Path, style: Path, stroke: float | None
) -> Stylization:
    """Stylize the content into `folder` with the network called `name`."""
    picture = f"{name}-{style.stem}.jpg"
    found = render(pretrained, content, style, folder / picture, stroke=stroke)
    width, height = preview(folder / picture, folder / f"{name}-{style.stem}-small.jpg")
    detail(folder / picture, folder / f"{name}-{style.stem}-detail.jpg")
    return Stylization(
        network=name,
        style=style.stem,
        picture=picture,
        preview=f"{name}-{style.stem}-small.jpg",
        detail=f"{name}-{style.stem}-detail.jpg",
        seconds=found.seconds,
        megapixels=width * height / 1e6,
        peak_bytes=found.peak_bytes,
    )


def show(source: Path, folder: Path) -> Shown:
    """Copy a picture to where the page finds it, with a small copy."""
    picture, small = f"{source.stem}.jpg", f"{source.stem}-small.jpg"
    _write(folder / picture, source.read_bytes())
    width, height = preview(source, folder / small)
    return Shown(name=source.stem, picture=picture, preview=small, width=width, height=height)


def preview(source: Path, out: Path) -> tuple[int, int]:
    """Write a small copy; width and height of the source."""
    import pyvips

    image = pyvips.Image.new_from_file(str(source))
    _save(pyvips.Image.thumbnail(str(source), min(PREVIEW_WIDTH, image.width)), out)
    return image.width, image.height


def detail(source: Path, out: Path) -> None:
    """Write a cut-out at full size from where the sample photo has most to look at."""
    import pyvips

    image = pyvips.Image.new_from_file(str(source))
    width, height = min(DETAIL[0], image.width), min(DETAIL[1], image.height)
    left, top = int(0.72 * (image.width - width)), int(0.28 * (image.height - height))
    _save(image.crop(left, top, width, height), out)


def _save(image: Any, out: Path) -> None:
    import pyvips

    from intaglio.images.atomic import replacing
    from intaglio.images.failures import unwritable

    try:
        with replacing(out, durable=False) as temporary:
            image.write_to_file(str(temporary), Q=85, strip=True)
    except (OSError, pyvips.Error) as error:
        raise unwritable(out, error) from None


def _write(out: Path, content: bytes) -> None:
    from intaglio.images.atomic import replacing
    from intaglio.images.failures import unwritable

    try:
        with replacing(out, durable=False) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise unwritable(out, error) from None
