"""The folder that a page and its pictures are written into."""

from pathlib import Path


def make_folder(folder: Path, *stale: str) -> None:
    """Make it, without the files called `stale`: a page that shows pictures which are about to change.

    Raises:
        OptionError: it cannot be made.

    """
    from intaglio.vocabulary.errors import OptionError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in stale:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise OptionError(f"{folder}: cannot be made a folder ({error.strerror}); choose another with --output") from None
