"""What each part of collaborative distillation is worth: one teacher, the same budget for every variant, several seeds.

    python benchmarks/ablation.py TEACHER --data PHOTOS PAINTINGS --content TEST/CONTENT --style TEST/STYLE --work RUNS

TEACHER is the folder of a WCT network; of its stages only those of `--stages` take part, so that all of it fits minutes on a
processor. Every variant takes as many optimizer steps on as many pictures: an encoder's and a decoder's per stage. The baseline
of filter pruning spends them on both together; where pruned filters are not tuned, the decoder gets all of them. Students are
judged as by `intaglio evaluate`, through the deepest encoder of the whole teacher. The runs lie in RUNS; the same command goes
on with what is missing there. Results go to `docs/results/DATE-ablation.{json,md}`; the contact sheet stays in the work folder,
for the pictures may not be ours to show.
"""

import argparse
import json
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from ablation_report import Result, page, with_conclusions
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder
from intaglio.images.atomic import replacing
from intaglio.images.contact_sheet import contact_sheet
from intaglio.metrics.cost import cost_of
from intaglio.models.style.network import StyleNetwork
from intaglio.models.style.wct import WCTConfig
from intaglio.runtime.hardware import describe_hardware
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.loss_network import read_loss_network
from intaglio.storage.pretrained import Pretrained
from intaglio.stylizing.stylize import stylize
from intaglio.training.assembly import filled
from intaglio.training.catalog import METHODS
from intaglio.training.distill import DistillSpec, distill, widths_of
from intaglio.training.evaluate import evaluate, picture_of, shown_of
from intaglio.training.evaluation import Evaluation, Subject
from intaglio.training.grid import Grid
from intaglio.training.judge import Judge
from intaglio.training.run import Conduct
from intaglio.training.spec import TrainingSpec

ROOT = Path(__file__).resolve().parents[1]
DECODER_ONLY = "pruned, not tuned"
VARIANTS: dict[str, dict[str, Any]] = {
    "full": {},
    "no embedding loss": {"embedding": 0.0},
    "no collaborator": {"collaboration": False},
    "pruned, fine-tuned": {"method": "pruned"},
    DECODER_ONLY: {},
    "random start": {"start": "random"},
}
TEACHER = "teacher"
ON_SHEET = 7
CPU = torch.device("cpu")


def front_of(whole: Pretrained, cuts: Sequence[str]) -> Pretrained:
    """Some stages of a WCT network, as a network whose decoders end without a ReLU.

    A fresh decoder that ends in one may lose a color for good, by chance; what remains below 0 is clamped in the end anyway.
    """
    assert isinstance(whole.network, StyleNetwork)
    stages = [stage for stage in whole.network.cascade() if stage.config.cut in cuts]
    if len(stages) != len(set(cuts)):
        raise SystemExit(f"the teacher has the stages {', '.join(s.config.cut for s in whole.network.cascade())}, not {cuts}")
    config = WCTConfig(stages=tuple(stage.config.model_copy(update={"decoder_relu": False}) for stage in stages))
    return filled(whole.card, config, {stage.config.cut: (stage.encoder, stage.decoder) for stage in stages})


def describe(variant: str, seed: int, teacher: Pretrained, pictures: PictureFolder, given: argparse.Namespace) -> DistillSpec:
    """The run of a variant; budgets are equal."""
    phase = TrainingSpec(
        steps=given.steps,
        batch_size=given.batch,
        learning_rate=given.rate,
        schedule="cosine",
        warmup=min(20, given.steps // 10),
        precision=given.precision,
        seed=seed,
    )
    chosen = {"embedding": given.embedding, **VARIANTS[variant]}
    both = phase.model_copy(update={"steps": 2 * given.steps})
    spent_on_decoder = variant == DECODER_ONLY or chosen.get("method") == "pruned"
    return DistillSpec(
        teacher=teacher.digest(),
        data={"picture": pictures.digest()},
        widths=widths_of(teacher, width=given.width),
        losses={"lift": False, "perceptual": given.perceptual},
        crop=Crop(size=given.crop, resize="shorter", to=round(given.crop * 9 / 8), flip=True),
        encoder=phase.model_copy(update={"steps": 0}) if variant == DECODER_ONLY else phase,
        decoder=both if spent_on_decoder else phase,
        **chosen,
    )


def train(spec: DistillSpec, teacher: Pretrained, pictures: PictureFolder, folder: Path) -> tuple[Pretrained, float | None]:
    """A student, and the processor's seconds; None where the run was gone on with."""
    artifact, timing = folder / "student", folder / "seconds.json"
    if artifact.exists():
        return from_pretrained(artifact), json.loads(timing.read_text()) if timing.exists() else None
    fresh = not (folder / "run").exists()
    conduct = Conduct(workers=1, save_every=200, show_every=10**9)
    began = time.process_time()
    student = distill(teacher, METHODS[teacher.card.name], spec, {"picture": pictures}, folder / "run", conduct)
    seconds = time.process_time() - began if fresh else None
    write(timing, json.dumps(seconds))
    save_pretrained(student, artifact)
    return student, seconds


def judged(name: str, network: Pretrained, grid: Grid, judge: Judge, folder: Path) -> Evaluation:
    """A network judged on the pairs; pairs that the folder holds are not judged again."""
    assert isinstance(network.network, StyleNetwork)
    cost = cost_of(network.network)
    subject = Subject(
        name=name,
        model=network.digest(),
        parameters=cost.path_parameters,
        bytes=len(network.weights()),
        macs_per_megapixel=float(cost.macs_per_pixel * 1_000_000),
    )

    def engine(content: Tensor, style: Tensor) -> Tensor:
        made: Tensor = stylize(content, style, model=network, device="cpu")
        return made

    return evaluate(subject, engine, grid, judge, folder=folder)


@torch.inference_mode()
def reconstruction(network: Pretrained, grid: Grid, judge: Judge) -> float:
    """PSNR in dB of contents that went through every stage without a transfer; mean over the contents."""
    assert isinstance(network.network, StyleNetwork)
    found = []
    for path in grid.contents:
        content = judge.read(path)
        made = content
        for stage in network.network.cascade():
            made = stage.decoder(stage.encoder(made))
        error = (made.clamp(0, 1) - content[..., : made.shape[-2], : made.shape[-1]]).square().mean()
        found.append(float(-10 * error.log10()))
    return fmean(found)


def result_of(variant: str, seed: int, evaluation: Evaluation, psnr: float, seconds: float | None) -> Result:
    values = {name: value.mean for name, value in evaluation.values.items()}
    subject = evaluation.subject
    return Result(variant, seed, {**values, "reconstruction": psnr}, seconds, subject.parameters, subject.macs_per_megapixel)


def write(path: Path, text: str) -> None:
    with replacing(path, durable=True) as temporary:
        temporary.write_text(text)


def sheet(grid: Grid, folders: Sequence[Path], out: Path) -> None:
    """Content, style and what each network made of them."""
    pairs = grid.pairs()
    rows = list(enumerate(shown_of(len(pairs))))[:ON_SHEET]
    pictures = [
        path
        for number, index in rows
        for path in (pairs[index].content, pairs[index].style, *(picture_of(folder, number) for folder in folders))
    ]
    contact_sheet(pictures, out, columns=2 + len(folders), cell=(208, 160))


def run(given: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    whole = from_pretrained(given.teacher)
    teacher, judge = front_of(whole, given.stages), Judge(read_loss_network(given.teacher), given.size)
    pictures = PictureFolder.scan(given.data)
    contents, styles = (PictureFolder.scan(folder).files for folder in (given.content, given.style))
    grid = Grid(contents=contents, styles=styles, sample=given.sample)
    given.work.mkdir(parents=True, exist_ok=True)
    evaluation = judged(TEACHER, teacher, grid, judge, given.work / TEACHER)
    results = [result_of(TEACHER, 0, evaluation, reconstruction(teacher, grid, judge), None)]
    for seed in range(given.seeds):
        for variant in given.variants:
            folder = given.work / f"{variant.replace(', ', '-').replace(' ', '-')}-{seed}"
            folder.mkdir(exist_ok=True)
            spec = describe(variant, seed, teacher, pictures, given)
            student, seconds = train(spec, teacher, pictures, folder)
            evaluation = judged(variant, student, grid, judge, folder / "evaluation")
            results.append(result_of(variant, seed, evaluation, reconstruction(student, grid, judge), seconds))
            write(folder / "result.json", results[-1].to_json())
            print(f"{variant}, seed {seed}: gram distance {results[-1].values['gram_distance']:.4g}", flush=True)
    report(given, evaluation, grid, results)


def report(given: argparse.Namespace, evaluation: Evaluation, grid: Grid, results: Sequence[Result]) -> None:
    """Numbers, page and contact sheet."""
    date = datetime.now(UTC).date().isoformat()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    settings = ("stages", "width", "steps", "batch", "rate", "crop", "embedding", "perceptual", "precision", "seeds")
    document = {
        "date": date,
        "commit": commit.stdout.strip(),
        "hardware": describe_hardware(CPU),
        "settings": {name: getattr(given, name) for name in settings},
        "data": {"pictures": len(PictureFolder.scan(given.data))},
        "protocol": evaluation.protocol.model_dump(mode="json"),
        "results": [json.loads(result.to_json()) for result in results],
    }
    given.results.mkdir(parents=True, exist_ok=True)
    out = given.results / f"{date}-ablation"
    sheet(grid, [given.work / TEACHER, *sorted_folders(given)], given.work / "sheet.jpg")
    write(out.with_suffix(".json"), json.dumps(document, indent=1) + "\n")
    before = out.with_suffix(".md").read_text() if out.with_suffix(".md").exists() else ""
    write(out.with_suffix(".md"), with_conclusions(page(document, results), before))
    print(out.with_suffix(".md"))


def sorted_folders(given: argparse.Namespace) -> list[Path]:
    """Evaluations of the first seed, in the order of the variants."""
    names = [variant.replace(", ", "-").replace(" ", "-") for variant in given.variants]
    return [given.work / f"{name}-0" / "evaluation" for name in names]


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = partial(parser.add_argument)
    add("teacher", type=Path)
    add("--data", type=Path, nargs="+", required=True, help="folders of pictures to train on")
    add("--content", type=Path, required=True, help="folder of contents to judge on")
    add("--style", type=Path, required=True, help="folder of styles to judge on")
    add("--work", type=Path, required=True, help="folder of the runs; what is there is not done again")
    add("--results", type=Path, default=ROOT / "docs" / "results")
    add("--stages", nargs="+", default=["relu3_1"])
    add("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    add("--seeds", type=int, default=3)
    add("--width", type=float, default=0.5, help="share of the teacher's channels")
    add("--steps", type=int, default=500, help="of each encoder and each decoder")
    add("--batch", type=int, default=4)
    add("--crop", type=int, default=96)
    add("--rate", type=float, default=2e-3)
    add("--embedding", type=float, default=1.0, help="beta")
    add("--perceptual", type=float, default=0.2, help="lambda_p")
    add("--precision", choices=("float32", "bfloat16"), default="bfloat16")
    add("--sample", type=int, default=40, help="pairs to judge on")
    add("--size", type=int, default=None, help="shorter side of pictures to judge on; their own if left out")
    return parser


if __name__ == "__main__":
    run(arguments().parse_args())
