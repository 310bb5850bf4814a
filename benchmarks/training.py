"""Pictures per second of the training loop, beside a plain loop over the same objective.

    python benchmarks/training.py NETWORK PICTURES [--only adain-160x6] [--rounds 3] [--steps 4] [--threads 1]

NETWORK is the folder of a WCT network with the stages relu4_1 and relu5_1, PICTURES a folder. Four loops are measured: a plain
one in float32 on contiguous NCHW tensors, the same with autocast to bfloat16, the library's loop in float32 (channels last),
and the library's loop in bfloat16, as it is meant to be used. They take turns, and each turn is a new run of a few steps, of
which the first does not count. Beside the seconds on the clock stand those that the processor spent in the training thread,
which a busy machine disturbs less. The loader's share is the time that the library's loop waited for pictures. Results go to
`benchmarks/results/DATE-training.{json,md}`; objectives and thread counts that were measured before are kept.
"""

import argparse
import copy
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import nn

from intaglio.data.batches import Batches, as_float
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.distillation.collaborative import CollaborativeDistillation
from intaglio.distillation.student import scaled_widths, start_from_largest_, student_config
from intaglio.models.style.loss_network import LossNetwork
from intaglio.models.style.network import Stage, StyleNetwork
from intaglio.models.style.vgg_codec import Encoder
from intaglio.runtime.hardware import describe_hardware
from intaglio.storage.artifact import from_pretrained
from intaglio.storage.checkpoint import Checkpoints
from intaglio.training.assembly import fresh_decoder
from intaglio.training.catalog import METHODS
from intaglio.training.loop import train
from intaglio.training.objective import Moment, Objective
from intaglio.training.spec import TrainingSpec

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
CPU = torch.device("cpu")
RATE = 1e-4


@dataclass(frozen=True)
class Case:
    """An objective and its batches."""

    method: str
    cut: str
    phase: str
    """"decoder" or "encoder"."""
    crop: int
    batch: int
    lift: bool = True


CASES = {
    "adain-256x8": Case("adain", "relu4_1", "decoder", 256, 8),
    "adain-160x6": Case("adain", "relu4_1", "decoder", 160, 6),
    "adain-160x6-not-lifted": Case("adain", "relu4_1", "decoder", 160, 6, lift=False),
    "encoder-160x6": Case("wct", "relu5_1", "encoder", 160, 6),
    "encoder-160x6-not-lifted": Case("wct", "relu5_1", "encoder", 160, 6, lift=False),
}
LOOPS = {
    "plain, float32": ("plain", "float32"),
    "plain, bfloat16": ("plain", "bfloat16"),
    "channels last, float32": ("library", "float32"),
    "channels last, bfloat16": ("library", "bfloat16"),
}
PLAIN, SHIPPED = "plain, float32", "channels last, bfloat16"


@dataclass(frozen=True)
class Turn:
    """A few steps of one loop."""

    case: str
    loop: str
    threads: int
    batch: int
    seconds: tuple[float, ...]
    """Of each step, on the clock."""
    processor: tuple[float, ...]
    """Of each step, in the training thread."""
    waited: float
    """Share of the time that the loop waited for pictures, from the second step on."""
    load: float
    """Of the machine, over a minute, before the turn."""


class Clock:
    """Notes the ends of steps."""

    def __init__(self) -> None:
        self.wall, self.processor, self.waited = list[float](), list[float](), list[float]()

    def note(self, waited: float) -> None:
        """The end of a step; seconds waited so far."""
        self.wall.append(time.perf_counter())
        self.processor.append(time.thread_time())
        self.waited.append(waited)

    def __call__(self, moment: Moment) -> None:
        """As a hook."""
        self.note(moment.waited)

    def turn(self, name: str, loop: str, batch: int, load: float) -> Turn:
        """What was noted; the first step does not count."""
        walls, processors = ([after - before for before, after in pairwise(ends)] for ends in (self.wall, self.processor))
        waited = (self.waited[-1] - self.waited[0]) / (self.wall[-1] - self.wall[0])
        return Turn(name, loop, torch.get_num_threads(), batch, tuple(walls), tuple(processors), waited, load)


def objective_of(case: Case, network: StyleNetwork) -> Objective:
    """What is trained, with weights that are the same each time."""
    stage: Stage = copy.deepcopy(next(stage for stage in network.cascade() if stage.config.cut == case.cut))
    stage.requires_grad_(False)
    method = METHODS[case.method]
    settings = method.settings(lift=case.lift)
    losses = LossNetwork(stage.encoder, lifted=case.lift)
    if case.phase == "decoder":
        config = stage.config.model_copy(update={"decoder_relu": method.decoder_relu})
        return method.objective((stage.encoder, fresh_decoder(config, 0)), (), losses, settings, False)
    config = student_config(stage.config, scaled_widths(stage.config.widths, 0.5))
    student = Encoder(config)
    start_from_largest_(student, stage.encoder)
    collaboration = method.collaboration(stage.decoder, losses, settings)
    objective = CollaborativeDistillation(student, stage.encoder, collaboration, losses.layers, stream=method.streams[0])
    objective.weights |= method.weights(settings)
    return objective


def plain_loop(objective: Objective, batches: Batches, steps: int, precision: str, clock: Clock) -> None:
    """What one would write first."""
    assert isinstance(objective, nn.Module)
    optimizer = torch.optim.Adam([one for one in objective.trained.parameters() if one.requires_grad], lr=RATE)
    objective.trained.train()
    for _ in range(steps):
        batch = {name: pictures.contiguous() for name, pictures in as_float(next(batches), CPU).items()}
        with torch.autocast("cpu", torch.bfloat16) if precision == "bfloat16" else nullcontext():
            terms = objective(batch)
        total = torch.stack([objective.weights.get(name, 1.0) * term for name, term in terms.items()]).sum()
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        clock.note(batches.waited_seconds)


def take_turn(name: str, loop: str, network: StyleNetwork, pictures: PictureFolder, steps: int) -> Turn:
    """A new run of one loop: a step that does not count, then `steps`."""
    case = CASES[name]
    kind, precision = LOOPS[loop]
    objective, clock, load = objective_of(case, network), Clock(), os.getloadavg()[0]
    crop = Crop(size=case.crop, resize="shorter", to=case.crop * 5 // 4, flip=True)
    streams = dict.fromkeys(METHODS[case.method].streams, (pictures, crop))
    spec = TrainingSpec(steps=steps + 1, batch_size=case.batch, learning_rate=RATE, precision=precision)

    def loader(start: int, share: tuple[int, int] = (0, 1)) -> Batches:
        return Batches(streams, spec.batch_size, spec.seed, start=start, workers=1, share=share)

    if kind == "plain":
        with loader(0) as batches:
            plain_loop(objective, batches, spec.steps, precision, clock)
    else:
        with tempfile.TemporaryDirectory() as folder:
            checkpoints = Checkpoints(Path(folder), "benchmark")
            train(objective, loader, spec, checkpoints=checkpoints, save_every=10**9, hooks=[clock])
    turn = clock.turn(name, loop, case.batch, load)
    print(f"{name:26} {loop:24} {median(turn.seconds):7.2f} s {median(turn.processor):7.2f} s of the processor", flush=True)
    return turn


def summary(turns: list[Turn]) -> dict[str, float]:
    """Medians over the steps of all turns of one loop."""
    seconds = median(second for turn in turns for second in turn.seconds)
    processor = median(second for turn in turns for second in turn.processor)
    return {
        "seconds": seconds,
        "processor": processor,
        "rate": turns[0].batch / seconds,
        "waited": median(turn.waited for turn in turns),
        "steps": sum(len(turn.seconds) for turn in turns),
    }


def table(turns: list[Turn]) -> list[str]:
    """Rows of Markdown: the loops of one case and number of threads."""
    found = {loop: summary([turn for turn in turns if turn.loop == loop]) for loop in LOOPS}
    rows = [
        "| loop | pictures/s | s per step | processor s per step | times plain | times plain, processor | loader | steps |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    plain = found[PLAIN]
    for loop, one in found.items():
        rows.append(
            f"| {loop} | {one['rate']:.2f} | {one['seconds']:.2f} | {one['processor']:.2f} | "
            f"{plain['seconds'] / one['seconds']:.2f} | {plain['processor'] / one['processor']:.2f} | "
            f"{one['waited']:.1%} | {one['steps']:.0f} |"
        )
    return rows


def page(facts: Mapping[str, Any], turns: list[Turn]) -> str:
    """The page of results."""
    lines = [
        f"# Training, {facts['date']}",
        "",
        f"{facts['hardware']}; commit {facts['commit']}.",
        "Medians over the steps of all turns, which alternate; pictures of one stream are counted. `channels last, bfloat16`",
        "is the library's loop as it is meant to be used. Processor seconds are those of the training thread, which does a",
        "part of the work where there are several threads.",
        "",
    ]
    for name, threads in dict.fromkeys((turn.case, turn.threads) for turn in turns):
        chosen = [turn for turn in turns if (turn.case, turn.threads) == (name, threads)]
        loads = [turn.load for turn in chosen]
        lines += [
            f"## {name}, {threads} thread{'s' if threads > 1 else ''}",
            "",
            *table(chosen),
            "",
            f"Load of the machine {min(loads):.1f} to {max(loads):.1f}.",
            "",
        ]
    return "\n".join(lines)


def turns_before(path: Path) -> list[Turn]:
    """What a results file holds."""
    if not path.exists():
        return []
    return [
        Turn(**{**entry, "seconds": tuple(entry["seconds"]), "processor": tuple(entry["processor"])})
        for entry in json.loads(path.read_text())["turns"]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    network = from_pretrained(given.network).network
    assert isinstance(network, StyleNetwork)
    pictures = PictureFolder.scan(given.pictures)
    measure: Callable[[str, str], Turn] = lambda name, loop: take_turn(name, loop, network, pictures, given.steps)  # noqa: E731
    found = [measure(name, loop) for name in given.only for _ in range(given.rounds) for loop in LOOPS]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    date = datetime.now(UTC).date().isoformat()
    facts = {"date": date, "hardware": describe_hardware(CPU), "commit": commit.stdout.strip()}
    path = given.results / f"{date}-training.json"
    new = {(turn.case, turn.threads) for turn in found}
    turns = [turn for turn in turns_before(path) if (turn.case, turn.threads) not in new] + found
    given.results.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": facts, "turns": [asdict(turn) for turn in turns]}, indent=1) + "\n")
    path.with_suffix(".md").write_text(page(facts, turns))


if __name__ == "__main__":
    main()
