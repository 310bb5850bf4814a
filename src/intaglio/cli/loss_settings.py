"""Settings of the losses of a training, from a TOML file and the command line."""

from typing import TYPE_CHECKING, Any

from intaglio.cli.settings import overrule

if TYPE_CHECKING:
    from intaglio.training.method import LossSettings


def weigh(settings: dict[str, Any], losses: "type[LossSettings]", model: str, **given: float | None) -> None:
    """Set the weights of losses that were given on the command line: `style=3.0` for `--style-weight 3`.

    Raises:
        OptionError: the model has no such loss.

    """
    from intaglio.vocabulary.errors import OptionError

    for name, weight in given.items():
        if weight is not None and name not in losses.model_fields:
            known = ", ".join(field for field in losses.model_fields)
            raise OptionError(f"--{name}-weight is not used by {model}; the settings of its losses are {known} (--spec)")
    overrule(settings, ("losses",), **given)


def losses(settings: dict[str, Any], known: "type[LossSettings]", where: str) -> dict[str, Any]:
    """The settings of the losses, checked against those that are known, without those at their default.

    Raises:
        SpecError: the method has no such setting.

    """
    checked = known.parse(settings.get("losses", {}), where=f"{where}: losses")
    kept: dict[str, Any] = checked.model_dump(exclude_defaults=True)
    return kept
