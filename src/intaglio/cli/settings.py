"""Settings of a training: a TOML file, overruled by what is given on the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intaglio.training.method import LossSettings


def read_settings(path: Path | None) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        SpecError: it cannot be read, or is no TOML.

    """
    import tomllib

    from intaglio.vocabulary.errors import SpecError

    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise SpecError(f"{path} cannot be read: {error.strerror}; name a TOML file with settings") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"{path} is no TOML: {error}; correct it") from None


def parse_widths(text: str | None) -> tuple[int, ...] | None:
    """Numbers with commas between.

    Raises:
        OptionError: it is something else.

    """
    from intaglio.vocabulary.errors import OptionError

    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise OptionError(f"--widths {text!r} is not numbers with commas between, such as 16,16,32") from None


def overrule(settings: dict[str, Any], where: Sequence[str], **given: Any) -> None:
    """Set what was given on the command line in the tables `where` of the settings."""
    for table in where:
        for name, value in given.items():
            if value is not None:
                settings.setdefault(table, {})[name] = value


def overrule_crop(settings: dict[str, Any], crop: int | None, resize: int | None, *, flip: bool = False) -> None:
    """Set the crop that was given on the command line; pictures are resized by their shorter side.

    Args:
        settings: changed, where one of the next two was given.
        crop: side of the square.
        resize: shorter side of the pictures.
        flip: whether they are mirrored, where the settings do not say.

    """
    if crop is not None or resize is not None:
        table = settings.get("crop", {"flip": flip})
        size = crop if crop is not None else table.get("size", 256)
        to = resize if resize is not None else max(size, round(size * 300 / 256))
        settings["crop"] = {**table, "size": size, "to": to, "resize": table.get("resize", "shorter")}


def losses(settings: dict[str, Any], known: "type[LossSettings]", where: str, **weights: float | None) -> dict[str, Any]:
    """The settings of the losses, checked against those that are known, without those at their default.

    Args:
        settings: all of them.
        known: what the losses take.
        where: the settings stand.
        weights: given on the command line, `style=3.0` for `--style-weight 3`; they overrule the settings.

    Raises:
        OptionError: there is no loss for such a weight.
        SpecError: there is no such setting.

    """
    from intaglio.vocabulary.errors import OptionError

    for name, weight in weights.items():
        if weight is not None and name not in known.model_fields:
            fields = ", ".join(known.model_fields)
            raise OptionError(f"--{name}-weight is not used here; the settings of these losses are {fields}, by --spec")
    overrule(settings, ("losses",), **weights)
    checked = known.parse(settings.get("losses", {}), where=f"{where}: losses")
    kept: dict[str, Any] = checked.model_dump(exclude_defaults=True)
    return kept
