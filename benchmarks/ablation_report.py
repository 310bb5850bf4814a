"""From the results of `ablation.py` to a page: means, spread over seeds, and differences to the full method seed by seed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Any

FULL, TEACHER = "full", "teacher"
CONCLUSIONS = "## What it says"
COLUMNS = {
    "gram_distance": ("gram distance ↓", 4),
    "style_error": ("style error ↓", 3),
    "content_distance": ("content distance ↓", 3),
    "content_error": ("content error ↓", 3),
    "ssim": ("SSIM ↑", 3),
    "reconstruction": ("reconstruction, dB ↑", 4),
}
# 97.5 % quantiles of Student's t by degrees of freedom.
_STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


@dataclass(frozen=True)
class Result:
    """One student, or the teacher."""

    variant: str
    seed: int
    values: Mapping[str, float]
    """By metric, means over the pairs."""
    seconds: float | None
    """Of the processor, training; None where the run was gone on with, or for the teacher."""
    parameters: int
    macs_per_megapixel: float

    def to_json(self) -> str:
        """All fields."""
        return json.dumps(asdict(self), indent=1) + "\n"


@dataclass(frozen=True)
class Spread:
    """Values over seeds."""

    mean: float
    deviation: float | None
    """Standard deviation; None for one seed."""
    settled: bool = False
    """Whether the 95 % interval of the mean (Student's t) leaves 0 out."""


def spread(values: Sequence[float]) -> Spread:
    """Mean and deviation of at least one value."""
    mean = fmean(values)
    if len(values) < 2:
        return Spread(mean, None)
    deviation = stdev(values)
    quantile = _STUDENT.get(len(values) - 1, 1.96)
    return Spread(mean, deviation, abs(mean) > quantile * deviation / sqrt(len(values)))


def by_variant(results: Sequence[Result]) -> dict[str, dict[int, Result]]:
    """Results by variant, in the order in which they come, and seed."""
    found: dict[str, dict[int, Result]] = {}
    for result in results:
        found.setdefault(result.variant, {})[result.seed] = result
    return found


def differences(results: Sequence[Result], variant: str, name: str) -> Spread:
    """A value of a variant less that of the full method, over the seeds that both have."""
    found = by_variant(results)
    ours, full = found[variant], found[FULL]
    return spread([ours[seed].values[name] - full[seed].values[name] for seed in sorted(ours.keys() & full.keys())])


def values_table(results: Sequence[Result], names: Mapping[str, tuple[str, int]] = COLUMNS) -> list[str]:
    """Rows of Markdown: mean and deviation of each variant."""
    rows = [_row(["", *(title for title, _ in names.values()), "CPU s"]), _rule(len(names) + 1)]
    for variant, seeds in by_variant(results).items():
        found = list(seeds.values())
        cells = [_cell(spread([one.values[name] for one in found]), digits) for name, (_, digits) in names.items()]
        seconds = [one.seconds for one in found if one.seconds is not None]
        rows.append(_row([variant, *cells, f"{fmean(seconds):.0f}" if seconds else ""]))
    return rows


def differences_table(results: Sequence[Result], names: Mapping[str, tuple[str, int]] = COLUMNS) -> list[str]:
    """Rows of Markdown: differences to the full method, seed by seed; bold where their 95 % interval leaves 0 out."""
    rows = [_row(["less full", *(title for title, _ in names.values())]), _rule(len(names))]
    for variant in by_variant(results):
        if variant in (FULL, TEACHER):
            continue
        cells = []
        for name, (_, digits) in names.items():
            difference = differences(results, variant, name)
            cell = _cell(difference, digits, sign="+")
            cells.append(f"**{cell}**" if difference.settled else cell)
        rows.append(_row([variant, *cells]))
    return rows


def page(document: Mapping[str, Any], results: Sequence[Result]) -> str:
    """The page of an ablation: tables and protocol."""
    layers = sorted(name for name in results[0].values if name.startswith("gram_distance."))
    grams = {name: (name.partition(".")[2], 3) for name in layers}
    student = next(result for result in results if result.variant != TEACHER)
    settings, protocol = document["settings"], document["protocol"]
    seeds, steps = settings["seeds"], settings["steps"]
    sizes = "their own size" if protocol["size"] is None else f"a shorter side of {protocol['size']} px"
    lines = [
        f"# Ablation of collaborative distillation, {document['date']}",
        "",
        f"Mean ± standard deviation over {seeds} seeds; a seed decides pictures, crops and fresh weights.",
        "",
        *values_table(results),
        "",
        "Differences to the full method, seed by seed, ± their standard deviation; bold where the 95 % interval of Student's t",
        "leaves 0 out.",
        "",
        *differences_table(results),
        "",
        "Gram distances by layer:",
        "",
        *values_table(results, grams),
        "",
        "## Protocol",
        "",
        f"- Teacher: stages {', '.join(settings['stages'])} of a WCT network ({results[0].parameters:,} parameters, "
        f"{results[0].macs_per_megapixel / 1e9:.3g} GMAC per Mpx); students have {settings['width']:g} of its channels "
        f"({student.parameters:,} parameters, {student.macs_per_megapixel / 1e9:.3g} GMAC per Mpx).",
        f"- Budget of every variant, for each stage: {2 * steps:,} optimizer steps of {settings['batch']} pictures, crops of "
        f"{settings['crop']} px: {steps:,} for the encoder, then {steps:,} for the decoder. Pruned, fine-tuned "
        f"spends all {2 * steps:,} on both together; pruned, not tuned keeps the filters of largest norm, spends "
        "all on the decoder.",
        f"- Adam at {settings['rate']:g}, cosine, {settings['precision']}; embedding {settings['embedding']:g}, perceptual "
        f"{settings['perceptual']:g}, losses in the teacher's own channels; {document['data']['pictures']:,} pictures.",
        "- Students start from the filters of largest L1 norm; with the random start they train with batch normalization.",
        "  Decoders start near a gray picture and end without a ReLU, in the teacher too.",
        "- The pruned baseline is tuned on reconstruction, the paper's on classification. Its perceptual loss, as that",
        "  of every decoder, looks through the teacher's encoder.",
        f"- Judged on {protocol['sample'] or 'all'} pairs of {protocol['content_count']} contents x {protocol['style_count']} "
        f"styles at {sizes}, through the deepest encoder of the whole teacher; reconstruction is the PSNR of the contents.",
        "  Values are explained in [evaluating](../evaluating.md).",
        f"- {document['hardware']}; commit {document['commit']}.",
        "",
    ]
    return "\n".join(lines)


def with_conclusions(page: str, before: str) -> str:
    """A new page with what a person wrote at the end of the one before."""
    _, heading, conclusions = before.partition(CONCLUSIONS)
    return f"{page}\n{heading}{conclusions}" if heading else page


def _cell(value: Spread, digits: int, sign: str = "") -> str:
    text = f"{value.mean:{sign}.{digits}g}"
    return text if value.deviation is None else f"{text} ± {value.deviation:.2g}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return _row(["---", *["---:"] * columns])
