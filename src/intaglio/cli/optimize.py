"""What `intaglio stylize --method optimize` takes of the command line, and what it cannot take."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intaglio.vocabulary.errors import OptionError

if TYPE_CHECKING:
    from intaglio.images.catalog import OutputOptions
    from intaglio.storage.pretrained import Pretrained
    from intaglio.stylizing.optimize import OptimizeOptions
    from intaglio.stylizing.optimize_job import OptimizeJob
    from intaglio.stylizing.picture_job import Limits

_FIELDS = {"--tv-weight": "total_variation_weight"}
_REASONS = {
    "--mask": "has one style for the whole picture",
    "--tile": "works on the whole picture at once",
    "--plan": "has no passes to plan",
    "--resume": "keeps nothing to resume",
    "--strength": "has no such map to blend; set --content-weight and --style-weight",
    "--precision": "runs in float32, since its line search needs exact differences",
    "--approximate": "attends to nothing",
    "--runtime": "has gradients, which only dense layers give",
    "--engine": "needs the whole picture for every step, and so one process",
    "--workers": "needs the whole picture for every step, and so one process",
}


def refuse_without_optimizing(given: Mapping[str, object]) -> None:
    """Refuse options of `--method optimize` that were given to the network.

    Args:
        given: values by option; None where it was left out.

    Raises:
        OptionError: naming the first.

    """
    for name, value in given.items():
        if value is not None:
            raise OptionError(f"{name} belongs to --method optimize; add that, or leave {name} out")


def refuse_when_optimizing(given: Mapping[str, bool]) -> None:
    """Refuse options that only a pass of a network can follow.

    Args:
        given: whether each option was given.

    Raises:
        OptionError: naming the first, and why.

    """
    for name, present in given.items():
        if present:
            raise OptionError(f"{name} does not go with --method optimize, which {_REASONS[name]}")


def optimize_options(
    given: Mapping[str, Any], weights: Sequence[float], keep_colors: str, stroke: float | None
) -> "OptimizeOptions":
    """The options that were given, and defaults for the others.

    Raises:
        SpecError: a value out of its range.

    """
    from intaglio.stylizing.optimize import OptimizeOptions

    fields = {_FIELDS.get(name, name.removeprefix("--").replace("-", "_")): value for name, value in given.items()}
    fields |= {"weights": weights, "keep_colors": keep_colors, "stroke": stroke}
    return OptimizeOptions.parse({name: value for name, value in fields.items() if value is not None}, where="options")


def optimize_jobs(
    pretrained: "Pretrained",
    pairs: Sequence[tuple[Path, Path]],
    styles: Sequence[Path],
    options: "OptimizeOptions",
    limits: "Limits",
    output: "OutputOptions",
) -> list["OptimizeJob"]:
    """A job for each pair of content and output; all are checked before the first runs."""
    from intaglio.stylizing.optimize_job import OptimizeJob

    return [
        OptimizeJob(pretrained, content, styles, out, options=options, limits=limits, output=output) for content, out in pairs
    ]
