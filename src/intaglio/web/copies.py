"""A job of the page as a command line and as Python, for those who go on without it."""

import shlex
from collections.abc import Iterator, Sequence

from intaglio.stylizing.options import StylizeOptions

_OUT = "stylized.tif"


def command_line(content: str, styles: Sequence[str], network: str, options: StylizeOptions) -> str:
    """What to type."""
    weights = [f":{weight:g}" for weight in options.weights] or [""] * len(styles)
    words = ["intaglio", "stylize", content]
    for style, weight in zip(styles, weights, strict=True):
        words += ["--style", style + weight]
    for name, value in _changed(options):
        words += [f"--{name.replace('_', '-')}", *([] if value is True else [f"{value}"])]
    return shlex.join([*words, "--model", network, "-o", _OUT])


def python(content: str, styles: Sequence[str], network: str, options: StylizeOptions) -> str:
    """What to write."""
    weights = [f"    weights={options.weights!r},"] if options.weights else []
    lines = [
        "import intaglio",
        "",
        "intaglio.stylize(",
        f"    {content!r},",
        f"    {list(styles)!r},",
        f"    model={network!r},",
        *weights,
        *(f"    {name}={value!r}," for name, value in _changed(options)),
        f"    out={_OUT!r},",
        ")",
    ]
    return "\n".join(lines)


def _changed(options: StylizeOptions) -> Iterator[tuple[str, object]]:
    """Options that are not at their default, but for the weights, which belong to the styles."""
    for name, field in type(options).model_fields.items():
        value = getattr(options, name)
        if name != "weights" and value != field.default:
            yield name, value
