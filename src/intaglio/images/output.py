"""`check_output`: everything that can be wrong with an output, found before the work starts."""

import os
from pathlib import Path

from intaglio.images.catalog import OUTPUTS, OutputFormat, OutputOptions
from intaglio.vocabulary.errors import OptionError, ResourceError, UnknownNameError


def output_format(out: Path) -> OutputFormat:
    """The format that the suffix of a file name asks for, upper or lower case.

    Raises:
        OptionError: no suffix, or one of no known format; the message lists near ones.

    """
    try:
        return OUTPUTS[out.suffix.lower()]
    except UnknownNameError as error:
        if not out.suffix:
            raise OptionError(f"{out}: no suffix to tell the format by; use one of {', '.join(OUTPUTS)}") from None
        raise OptionError(f"{out}: {error}; formats are {', '.join(OUTPUTS)}") from None


def check_output(
    out: Path, *, width: int, height: int, source: Path | None = None, options: OutputOptions | None = None
) -> None:
    """Refuse an output that could not be written in the end.

    Args:
        out: the file to write; it may exist, and is then replaced.
        width: of the output, in pixels.
        height: of the output, in pixels.
        source: the input, which must be another file, also when links are followed.
        options: how it will be encoded.

    Raises:
        OptionError: unknown suffix, sides too long for the format, a pyramid in a format without, folder missing, `out` is a
            folder, or `out` is `source`.
        ResourceError: no right to write in the folder.

    """
    target = output_format(out)
    if max(width, height) > target.longest_side:
        fitting = {entry.name: None for entry in OUTPUTS.values() if max(width, height) <= entry.longest_side}
        raise OptionError(
            f"{out}: {width}x{height} is too large for {target.name}, whose sides end at {target.longest_side}; "
            f"use {' or '.join(fitting) or 'a smaller picture'}"
        )
    if options is not None and options.pyramid and not target.is_tiff:
        raise OptionError(f"{out}: {target.name} holds no pyramid; name the output .tif, or leave the pyramid out")
    if out.is_dir():
        raise OptionError(f"{out}: the output is a folder; name a file in it")
    if not out.parent.is_dir():
        raise OptionError(f"{out}: the folder {out.parent} does not exist; create it first")
    if source is not None and out.exists() and source.exists() and out.samefile(source):
        raise OptionError(f"{out}: the output is the input; choose another name")
    if not os.access(out.parent, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise ResourceError(f"{out}: no right to write in {out.parent}; choose another folder")
