"""From what is typed to pictures: styles with weights, folders and globs of contents, one output for each."""

import glob
import math
from collections.abc import Sequence
from pathlib import Path

from intaglio.images.catalog import OUTPUTS
from intaglio.vocabulary.errors import OptionError, PictureError

_INPUT_SUFFIXES = (*OUTPUTS, ".heic", ".heif", ".avif")


def parse_styles(texts: Sequence[str]) -> tuple[list[Path], tuple[float, ...]]:
    """Paths and weights of "PATH" or "PATH:WEIGHT"; no weights where none is given, 1 for those left out.

    A text that names a file is a path, colon or not.

    Raises:
        OptionError: a weight that is negative.

    """
    paths: list[Path] = []
    weights: list[float | None] = []
    for text in texts:
        head, colon, tail = text.rpartition(":")
        weight = _number(tail) if colon and not Path(text).exists() else None
        if weight is not None and weight < 0:
            raise OptionError(f"the weight of style {head} must not be negative, got {tail}")
        paths.append(Path(text) if weight is None else Path(head))
        weights.append(weight)
    if all(weight is None for weight in weights):
        return paths, ()
    return paths, tuple(1.0 if weight is None else weight for weight in weights)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def find_contents(texts: Sequence[str]) -> list[Path]:
    """Pictures named by paths, folders (their pictures, not those of folders inside) and globs, each once.

    Raises:
        PictureError: a folder or a glob without pictures.
        ResourceError: a folder that must not be read.

    """
    found: dict[Path, None] = {}
    for text in texts:
        path = Path(text)
        if path.is_dir():
            pictures = _pictures_in(path)
            if not pictures:
                raise PictureError(f"{path}: no pictures in this folder; known are {', '.join(_INPUT_SUFFIXES)}")
        elif glob.has_magic(text) and not path.exists():
            pictures = sorted(Path(match) for match in glob.glob(text, recursive=True) if Path(match).is_file())
            if not pictures:
                raise PictureError(f"{text}: no file matches")
        else:
            pictures = [path]
        found |= dict.fromkeys(pictures)
    return list(found)


def _pictures_in(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise PictureError(f"{folder}: cannot read this folder ({error.strerror})") from None
    return [entry for entry in entries if entry.is_file() and entry.suffix.lower() in _INPUT_SUFFIXES]


def outputs_for(contents: Sequence[Path], output: Path) -> list[tuple[Path, Path]]:
    """Each content with its output file: `output` itself for one, a file of the same name in the folder `output` for several.

    Contents of a kind that cannot be written (HEIC, AVIF) become JPEG.

    Raises:
        OptionError: several contents and an output that is no folder, two contents of one name, or an output that is a URL.

    """
    # As a path, a URL has lost one of its two slashes.
    protocol, slash, _ = str(output).partition(":/")
    if slash and protocol.isalnum() and not output.parent.exists():
        raise OptionError(f"--output {protocol}://... is a URL; pictures are written row by row, so name a file in a folder")
    if len(contents) == 1 and not output.is_dir():
        return [(contents[0], output)]
    if not output.is_dir():
        raise OptionError(f"{output}: {len(contents)} pictures need an existing folder as output")
    pairs: dict[Path, Path] = {}
    for content in contents:
        out = output / (content.name if content.suffix.lower() in OUTPUTS else f"{content.stem}.jpg")
        if out in pairs:
            raise OptionError(f"{pairs[out]} and {content} would both become {out}; stylize them into different folders")
        pairs[out] = content
    return [(content, out) for out, content in pairs.items()]
