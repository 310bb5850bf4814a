"""Optimizing a picture with VGG-19 of full width and with a compressed copy: seconds, memory and pictures, side by side.

    python benchmarks/optimize.py                           seeded random weights for VGG-19: seconds and memory mean something,
                                                            its picture does not
    python benchmarks/optimize.py --full ENCODER            the pictures too
    python benchmarks/optimize.py --iterations 100 --side 512 --content PHOTO --style PAINTING

The same method as in Wang et al., Collaborative Distillation, CVPR 2020, section 4.3 (Gatys with a compressed encoder). Each
encoder has a process of its own, at one scale, so that memory is its own too. Without `--compressed` the published checkpoints
are looked for in `../shared`. Results go to `RESULTS/DATE-optimize.{json,md,jpg}`.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyvips
import torch
from torch import nn

from intaglio.images.contact_sheet import contact_sheet
from intaglio.models.catalog import MODELS
from intaglio.models.style.vgg_codec import VGG19_WIDTHS, CodecConfig, Encoder, color_convolution_
from intaglio.samples import CONTENT, PAINTING
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.catalog import IMPORT_FORMATS
from intaglio.storage.pretrained import Pretrained, Source
from intaglio.stylizing.footprint import require_memory
from intaglio.stylizing.optimize import OptimizeOptions
from intaglio.stylizing.optimize_job import OptimizeJob
from intaglio.vocabulary.progress import Progress
from stylize import CHECKPOINTS, RESULTS, machine


def random_vgg19(seed: int = 0) -> Pretrained:
    """VGG-19 up to relu5_1 with orthogonal weights of He's scale: signals keep their size, features mean nothing."""
    torch.manual_seed(seed)
    network = Encoder(CodecConfig(cut="relu5_1", widths=VGG19_WIDTHS[:13]))
    for name, layer in network.layers.named_children():
        if isinstance(layer, nn.Conv2d) and name != "conv0":
            nn.init.orthogonal_(layer.weight, gain=2**0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    first = network.layers.conv0
    assert isinstance(first, nn.Conv2d)
    color_convolution_(first)
    source = Source(notes=("Random weights: for seconds and memory only.",))
    return Pretrained(card=MODELS["vgg-encoder"], config=network.config, network=network.eval(), source=source)


def one(arguments: argparse.Namespace) -> None:
    """In a process of its own: optimize, and print what it took."""
    options = OptimizeOptions(iterations=arguments.iterations, optimizer=arguments.optimizer, scales=1)
    job = OptimizeJob(from_pretrained(arguments.one), arguments.content, [arguments.style], arguments.out, options=options)
    heard: list[Progress] = []
    times: list[float] = []

    def listen(progress: Progress) -> None:
        heard.append(progress)
        times.append(time.perf_counter())

    job.run(listener=listen)
    # The first look warms up, and is left out.
    seconds = (times[-1] - times[0]) / (len(times) - 1)
    config = job.network.encoder.config
    width, height = job.content.width, job.content.height
    print(
        json.dumps(
            {
                "width": width,
                "height": height,
                "looks": len(times),
                "seconds_per_look": seconds,
                "seconds_per_look_and_megapixel": seconds / (width * height / 1e6),
                "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "estimated_bytes": require_memory(config, (height, width), (job.styles[0].height, job.styles[0].width), 10**15),
                "objective": [float(event.task.split()[-1]) for event in (heard[0], heard[-1])],
                "threads": torch.get_num_threads(),
            }
        )
    )


def measured(name: str, model: Path, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """One encoder, in a process of its own."""
    words = [sys.executable, __file__, "--one", model, "--out", folder / f"{name}.png", "--content", arguments.content]
    words += ["--style", arguments.style, "--iterations", arguments.iterations, "--optimizer", arguments.optimizer]
    found = subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE)
    result: dict[str, Any] = {"encoder": name, **json.loads(found.stdout)}
    print(f"{name:12} {result['seconds_per_look']:.3f} s a look, {result['peak_bytes'] / 1e9:.2f} GB", flush=True)
    return result


def report(document: dict[str, Any]) -> str:
    """The page beside the figures."""
    facts, runs, settings = document["machine"], document["measurements"], document["settings"]
    lines = [
        f"# Optimizing, {facts['date']}",
        "",
        f"{facts['processor']} (family {facts['family']}), {facts['cores']} cores, of which {runs[0]['threads']} used, "
        f"{facts['memory'] / 2**30:.0f} GiB; Python {facts['python']}, torch {facts['torch']}, commit {facts['commit']}.",
        f"{runs[0]['width']}x{runs[0]['height']}, one scale, {settings['iterations']} iterations of {settings['optimizer']}; "
        "a look is one evaluation with its gradient; one run each.",
        settings["weights"],
        "",
        "| encoder | looks | s per look | s per look and Mpx | peak memory | estimated before | objective, first and last |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for run in runs:
        objective = " to ".join(f"{value:.4g}" for value in run["objective"])
        lines.append(
            f"| {run['encoder']} | {run['looks']} | {run['seconds_per_look']:.3f} | "
            f"{run['seconds_per_look_and_megapixel']:.2f} | {run['peak_bytes'] / 1e9:.2f} GB | "
            f"{run['estimated_bytes'] / 1e9:.2f} GB | {objective} |"
        )
    ratio = runs[0]["seconds_per_look"] / runs[1]["seconds_per_look"]
    lines += ["", f"The compressed encoder is {ratio:.1f} times faster. Objectives of different encoders are not comparable."]
    lines += ["", f"![content, style, full, compressed]({facts['date']}-optimize.jpg)", ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="full and compressed encoders in optimizing a picture")
    parser.add_argument("--full", type=Path, help="artifact of a VGG-19 encoder; random weights without")
    parser.add_argument("--compressed", type=Path, help="artifact of a compressed encoder or style network")
    parser.add_argument("--content", type=Path, default=CONTENT)
    parser.add_argument("--style", type=Path, default=PAINTING)
    parser.add_argument("--side", type=int, default=256, help="longer side of the content, pixels")
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--optimizer", choices=("lbfgs", "adam"), default="lbfgs")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the figures")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments)
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        full, compressed = arguments.full or folder / "full", arguments.compressed or folder / "compressed"
        if not arguments.full:
            save_pretrained(random_vgg19(), full)
        if not arguments.compressed:
            if not CHECKPOINTS.is_dir():
                raise SystemExit(f"the published checkpoints are not in {CHECKPOINTS}: give --compressed")
            save_pretrained(IMPORT_FORMATS["collaborative-distillation-16x"](CHECKPOINTS), compressed)
        shrunk = pyvips.Image.thumbnail(str(arguments.content), arguments.side, height=arguments.side)
        shrunk.write_to_file(str(folder / "content.png"))
        arguments.content = folder / "content.png"
        runs = [measured(kind, model, folder, arguments) for kind, model in (("full", full), ("compressed", compressed))]
        weights = "Encoders from the artifacts given." if arguments.full else "The full encoder has seeded random weights."
        settings = {"iterations": arguments.iterations, "optimizer": arguments.optimizer, "weights": weights}
        document = {"machine": machine(), "settings": settings, "measurements": runs}
        arguments.results.mkdir(parents=True, exist_ok=True)
        path = arguments.results / f"{document['machine']['date']}-optimize.json"
        path.write_text(json.dumps(document, indent=1) + "\n")
        path.with_suffix(".md").write_text(report(document))
        pictures = [arguments.content, arguments.style, folder / "full.png", folder / "compressed.png"]
        contact_sheet(pictures, path.with_suffix(".jpg"), columns=2, cell=(512, 384))


if __name__ == "__main__":
    main()
