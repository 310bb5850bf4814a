"""`intaglio compare`: several style networks judged on the same pairs, side by side."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intaglio.cli.evaluation import (
    Contents,
    Device,
    Network,
    Sample,
    Seed,
    Size,
    Styles,
    describe_protocol,
    judge_model,
    read_grid,
    read_judge,
    read_subject,
)
from intaglio.cli.names import short_names

if TYPE_CHECKING:
    from intaglio.metrics.spread import Spread
    from intaglio.training.evaluation import Evaluation
    from intaglio.training.grid import Grid

SHEET, TABLE, REPORT = "sheet.jpg", "comparison.md", "comparison.json"
_CELL = (320, 240)


def run(
    models: Annotated[
        list[Path],
        typer.Argument(
            metavar="MODEL...", help="Folders of style networks; the others are set against the first.", show_default=False
        ),
    ],
    content: Contents,
    style: Styles,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder to write; evaluations that are in it are used.", show_default=False)
    ],
    loss_network: Network = Path("loss-network"),
    sample: Sample = 400,
    seed: Seed = 0,
    size: Size = None,
    device: Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Judge several style networks on the same pairs and show them side by side."""
    from intaglio.cli.output import print_facts, print_json, print_table
    from intaglio.training.evaluate import write_json

    names = short_names(models, "compare different models")
    grid = read_grid(content, style, sample, seed)
    judge = read_judge(loss_network, size, device)
    candidates = [read_subject(folder, name) for folder, name in zip(models, names, strict=True)]
    evaluations = [judge_model(*candidate, grid, judge, output / candidate[0].name) for candidate in candidates]
    rows = list(_rows(evaluations))
    _write_sheet(grid, [output / name for name in names], output / SHEET)
    _write_table(names, rows, evaluations, output / TABLE)
    document = _document(evaluations)
    write_json(output / REPORT, document)
    if as_json:
        print_json(document)
        return
    print_table(["", *names], rows, numbers=names)
    typer.echo()
    print_facts([*_facts(evaluations), ("look at", f"{output / SHEET}: content, style, {', '.join(names)}")])


def _rows(evaluations: "Sequence[Evaluation]") -> Iterator[list[str]]:
    """A row for each fact and value, a column for each model."""
    from intaglio.vocabulary.quantities import format_bytes

    first, subjects = evaluations[0], [evaluation.subject for evaluation in evaluations]
    paces = [evaluation.seconds_per_megapixel for evaluation in evaluations]
    yield ["parameters", *_cells([(f"{one.parameters:,}", one.parameters) for one in subjects])]
    yield ["weights", *_cells([(format_bytes(one.bytes), one.bytes) for one in subjects])]
    yield ["GMAC per Mpx", *_cells([(f"{one.macs_per_megapixel / 1e9:.4g}", one.macs_per_megapixel) for one in subjects])]
    yield ["s per Mpx", *_cells([(f"{pace:.3g}", pace) for pace in paces])]
    differences = [evaluation.less(first) for evaluation in evaluations]
    for name in first.values:
        means = [evaluation.values[name].mean for evaluation in evaluations]
        open_ones = [number for number, difference in enumerate(differences) if not _settled(difference[name])]
        cells = _cells([(f"{mean:.4g}", mean) for mean in means])
        marked = [f"{cell} ~" if number and number in open_ones else cell for number, cell in enumerate(cells)]
        yield [f"{name} {_arrow(name)}", *marked]


def _cells(values: Sequence[tuple[str, float]]) -> list[str]:
    """Texts; from the second on with the ratio to the first."""
    first = values[0][1]
    ratios = [f" ({value / first:.3g}x)" if first else "" for _, value in values[1:]]
    return [text + ratio for (text, _), ratio in zip(values, ["", *ratios], strict=True)]


def _settled(difference: "Spread") -> bool:
    """Whether the pairs say which of two models is better: the interval of the difference does not hold 0."""
    return difference.low is not None and difference.high is not None and difference.low * difference.high > 0


def _arrow(name: str) -> str:
    from intaglio.metrics.catalog import METRICS

    return {"lower": "↓", "higher": "↑"}[METRICS[name.partition(".")[0]].better]


def _facts(evaluations: "Sequence[Evaluation]") -> Iterator[tuple[str, str]]:
    yield "pairs", describe_protocol(evaluations[0])
    yield "on", "; ".join(dict.fromkeys(one for evaluation in evaluations for one in evaluation.conditions))
    yield "(1.2x)", f"the value as a multiple of that of {evaluations[0].subject.name}"
    yield "~", "the pairs do not say which is better: the 95 % interval of the difference, pair by pair, holds 0"


def _write_table(names: Sequence[str], rows: Sequence[Sequence[str]], evaluations: "Sequence[Evaluation]", out: Path) -> None:
    from intaglio.training.evaluate import write_text

    header = [["", *names], ["---", *["---:"] * len(names)]]
    table = "\n".join(f"| {' | '.join(line)} |" for line in [*header, *rows])
    facts = "\n".join(f"- {name}: {fact}" for name, fact in _facts(evaluations))
    write_text(out, f"{table}\n\n{facts}\n")


def _document(evaluations: "Sequence[Evaluation]") -> dict[str, Any]:
    first = evaluations[0]
    return {
        "protocol": first.protocol.model_dump(mode="json"),
        "models": [
            {
                **evaluation.model_dump(mode="json", exclude={"protocol", "results"}),
                "difference_to_first": {name: value.model_dump() for name, value in evaluation.less(first).items()},
            }
            for evaluation in evaluations
        ],
    }


def _write_sheet(grid: "Grid", folders: Sequence[Path], out: Path) -> None:
    from intaglio.images.contact_sheet import contact_sheet
    from intaglio.training.evaluate import picture_of, shown_of

    pairs = grid.pairs()
    rows = [
        [pairs[index].content, pairs[index].style, *(picture_of(folder, number) for folder in folders)]
        for number, index in enumerate(shown_of(len(pairs)))
    ]
    contact_sheet([picture for row in rows for picture in row], out, columns=2 + len(folders), cell=_CELL)
