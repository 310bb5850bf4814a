"""`evaluate`: a style network judged on pairs of content and style, interruptible.

What stylizes is passed in, since the engine stands beside this row.
"""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from intaglio.images.atomic import replacing
from intaglio.images.contact_sheet import contact_sheet
from intaglio.images.failures import unwritable
from intaglio.images.whole import write_whole
from intaglio.metrics.catalog import METRICS
from intaglio.training.evaluation import Evaluation, PairResult, Protocol, Subject
from intaglio.training.grid import Grid, Pair, digest_of_pictures
from intaglio.training.judge import Judge
from intaglio.training.ledger import Heading, Ledger
from intaglio.vocabulary.errors import InputError
from intaglio.vocabulary.progress import Listener, Progress, ignore

Stylize = Callable[[Tensor, Tensor], Tensor]
"""Content (1, 3, H, W) and style (1, 3, h, w) in [0, 1], on the CPU, to (1, 3, H, W) on any device, clamped or not."""

REPORT, SHEET, PICTURES = "evaluation.json", "sheet.jpg", "pictures"
_ON_SHEET = 12
_CELL = (320, 240)


def evaluate(
    subject: Subject,
    stylize: Stylize,
    grid: Grid,
    judge: Judge,
    *,
    folder: Path | None = None,
    conditions: str = "",
    listener: Listener = ignore,
) -> Evaluation:
    """Stylize every pair of a grid and measure the results, clamped to [0, 1] as a file would hold them.

    With a folder each pair is noted as it is done, and a call with the same arguments goes on after the last one. In the end
    the folder holds `pairs.jsonl`, `evaluation.json`, a dozen of the stylized pictures and `sheet.jpg`, whose rows are content,
    style, stylized.

    Args:
        subject: what stylizes, for the records.
        stylize: the network.
        grid: the pairs.
        judge: reads pictures and measures.
        folder: where results are kept; None keeps nothing.
        conditions: hardware, versions and date, for the records.
        listener: told after each pair.

    Raises:
        InputError: a picture cannot be read, is too small or too large; a stylized picture that is not finite.
        JournalError: the folder holds another evaluation.
        ResourceError: the folder cannot be written.

    """
    protocol = _protocol(grid, judge)
    pairs = grid.pairs()
    _check_pictures(pairs, judge)
    shown = {pairs[index]: number for number, index in enumerate(shown_of(len(pairs)))}
    ledger = Ledger(folder, Heading(subject=subject.model, protocol=protocol)) if folder else None
    done = dict(ledger.results) if ledger else {}
    began, fresh = time.monotonic(), 0
    for number, pair in enumerate(pairs, 1):
        key = (pair.content.name, pair.style.name)
        picture = picture_of(folder, shown[pair]) if folder and pair in shown else None
        if key in done and (picture is None or picture.exists()):
            continue
        done[key] = _judge_pair(pair, stylize, judge, picture, conditions)
        if ledger:
            ledger.add(done[key])
        fresh += 1
        listener(_progress(pair, number, len(pairs), fresh, time.monotonic() - began))
    results = tuple(done[pair.content.name, pair.style.name] for pair in pairs)
    evaluation = Evaluation.of(subject, protocol, results)
    if folder:
        write_json(folder / REPORT, evaluation.model_dump(mode="json"))
        _write_sheet(folder, list(shown))
    return evaluation


def shown_of(count: int) -> list[int]:
    """Positions of the pairs that a sheet shows, evenly spread over all of them."""
    return sorted({round(index * (count - 1) / max(1, _ON_SHEET - 1)) for index in range(_ON_SHEET)})


def picture_of(folder: Path, number: int) -> Path:
    """Where the folder of an evaluation keeps the stylized picture that its sheet shows as `number`, from 0."""
    return folder / PICTURES / f"{number + 1:02d}.png"


def write_json(path: Path, document: object) -> None:
    """A JSON file, as `write_text` writes it."""
    write_text(path, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """A file that appears complete or not at all.

    Raises:
        ResourceError: it cannot be written.

    """
    try:
        with replacing(path, durable=True) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(path, error) from None


def _protocol(grid: Grid, judge: Judge) -> Protocol:
    return Protocol(
        loss_network=judge.digest(),
        metrics=tuple(METRICS),
        contents=digest_of_pictures(grid.contents),
        styles=digest_of_pictures(grid.styles),
        content_count=len(grid.contents),
        style_count=len(grid.styles),
        size=judge.size,
        sample=grid.drawn,
        seed=grid.seed if grid.drawn else 0,
    )


def _check_pictures(pairs: Sequence[Pair], judge: Judge) -> None:
    """Refuse what could not be judged before any time is spent."""
    for path in dict.fromkeys(path for pair in pairs for path in (pair.content, pair.style)):
        judge.check(path)


def _judge_pair(pair: Pair, stylize: Stylize, judge: Judge, picture: Path | None, conditions: str) -> PairResult:
    content, style = judge.read(pair.content), judge.read(pair.style)
    began = time.perf_counter()
    stylized = stylize(content, style).cpu()
    seconds = time.perf_counter() - began
    assert stylized.shape == content.shape, "a stylized picture has the size of its content"
    if not bool(stylized.isfinite().all()):
        raise InputError(
            f"{pair.content.name} in the style of {pair.style.name} has values that are not finite; check the weights"
        )
    stylized = stylized.clamp(0.0, 1.0)
    values = judge.measure(pair, stylized)
    if picture is not None:
        picture.parent.mkdir(exist_ok=True)
        write_whole((stylized[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy(), picture)
    return PairResult(
        content=pair.content.name,
        style=pair.style.name,
        megapixels=content.shape[2] * content.shape[3] / 1e6,
        seconds=seconds,
        values=values,
        conditions=conditions,
    )


def _write_sheet(folder: Path, pairs: Sequence[Pair]) -> None:
    rows = [(pair.content, pair.style, picture_of(folder, number)) for number, pair in enumerate(pairs)]
    contact_sheet([picture for row in rows for picture in row], folder / SHEET, columns=3, cell=_CELL)


def _progress(pair: Pair, number: int, count: int, fresh: int, seconds: float) -> Progress:
    """After pair `number` of `count`, with `fresh` pairs done in this process in so many seconds."""
    return Progress(
        task=f"{pair.content.name} as {pair.style.name}",
        step=1,
        steps=1,
        done=number,
        total=count,
        unit="pairs",
        seconds=seconds,
        remaining=seconds / fresh * (count - number),
    )
