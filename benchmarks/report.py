"""From the figures of `stylize.py` to a table and a plot beside them: `python benchmarks/report.py RESULTS.json`."""

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib.pyplot as plt

Entry = dict[str, Any]


def grouped(entries: list[Entry], part: str) -> dict[tuple[str, int, int], list[Entry]]:
    """Repeated runs together, in the order in which they were measured."""
    groups: dict[tuple[str, int, int], list[Entry]] = {}
    for entry in entries:
        if entry["part"] == part:
            groups.setdefault((entry["what"], entry["width"], entry["height"]), []).append(entry)
    return groups


def table(entries: list[Entry], part: str) -> list[str]:
    """Rows of Markdown: medians over repeated runs."""
    rows = [
        "| run | picture | seconds | without start-up | per Mpx | peak memory | runs |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (what, width, height), runs in grouped(entries, part).items():
        seconds, peak = median(run["seconds"] for run in runs), max(run["peak_bytes"] for run in runs)
        own = working_seconds(runs)
        pace = own / (width * height / 1e6)
        columns = [
            what,
            f"{width}x{height}",
            f"{seconds:.1f}",
            f"{own:.1f}",
            f"{pace:.2f}",
            f"{peak / 1e9:.2f} GB",
            str(len(runs)),
        ]
        rows.append(f"| {' | '.join(columns)} |")
    return rows


def working_seconds(runs: list[Entry]) -> float:
    """Median without the start of the process; the whole process where the command does not say."""
    return median(run.get("reported_seconds") or run["seconds"] for run in runs)


def ratios(entries: list[Entry]) -> list[str]:
    """Whole picture over streamed, in time and memory."""
    groups = {what: runs for (what, _, _), runs in grouped(entries, "ratio").items()}
    if "whole picture" not in groups:
        return []
    seconds = {what: median(run["seconds"] for run in runs) for what, runs in groups.items()}
    peaks = {what: max(run["peak_bytes"] for run in runs) for what, runs in groups.items()}
    whole = "whole picture"
    return [
        f"- {what}: {seconds[whole] / seconds[what]:.1f} times faster than the whole picture at once, "
        f"{peaks[whole] / peaks[what]:.1f} times less memory"
        for what in seconds
        if what != whole
    ]


def plot(entries: list[Entry], path: Path) -> None:
    """Pace and memory against the size of the picture."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    groups = [*grouped(entries, "sizes").values(), *grouped(entries, "huge").values()]
    size = [runs[0]["width"] * runs[0]["height"] / 1e6 for runs in groups]
    pace = [working_seconds(runs) / mega for runs, mega in zip(groups, size, strict=True)]
    peak = [max(run["peak_bytes"] for run in runs) / 1e9 for runs in groups]
    left.plot(size, pace, "o-", color="#1f4e79", label="intaglio, float32")
    right.plot(size, peak, "o-", color="#1f4e79", label="intaglio, float32")
    for runs in (runs for (what, _, _), runs in grouped(entries, "ratio").items() if what == "whole picture"):
        mega = runs[0]["width"] * runs[0]["height"] / 1e6
        left.plot(mega, median(run["seconds"] for run in runs) / mega, "s", color="#b03a2e", label="whole picture at once")
        right.plot(mega, runs[0]["peak_bytes"] / 1e9, "s", color="#b03a2e", label="whole picture at once")
    for axes, label in ((left, "seconds per megapixel"), (right, "peak resident memory, GB")):
        axes.set(xscale="log", xlabel="megapixels", ylabel=label)
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.grid(True, which="both", alpha=0.25)
        axes.legend(frameon=False)
    figure.savefig(path, dpi=120)


def main() -> None:
    path = Path(sys.argv[1])
    document = json.loads(path.read_text())
    facts, entries = document["machine"], document["measurements"]
    lines = [f"# Stylizing, {facts['date']}", ""]
    lines += [
        f"{facts['processor']} (family {facts['family']}), {facts['cores']} cores, {facts['memory'] / 2**30:.0f} GiB; "
        f"Python {facts['python']}, torch {facts['torch']}, commit {facts['commit']}.",
        "Published 16x WCT, five stages, one style; whole processes from photo to file; medians where there are several runs.",
        "The machine is shared: figures of one table were measured one after the other, others may differ by ten percent.",
        "",
    ]
    titles = {
        "ratio": "Against the whole picture at once",
        "sizes": "Sizes",
        "tiles": "Tiles",
        "huge": "Four hundred megapixels",
    }
    for part, title in titles.items():
        if grouped(entries, part):
            lines += [f"## {title}", "", *table(entries, part), ""]
            lines += [*ratios(entries), ""] if part == "ratio" else []
    lines += [f"![pace and memory against size]({path.with_suffix('.png').name})", ""]
    path.with_suffix(".md").write_text("\n".join(lines))
    plot(entries, path.with_suffix(".png"))


if __name__ == "__main__":
    main()
