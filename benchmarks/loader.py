"""Pictures per second of the training loader, and what share of a training step it would take.

    python benchmarks/loader.py FOLDER [--batch-size 8] [--steps 60] [--rounds 3] [--step-time 0.5]

FOLDER holds pictures. For each way of cutting and each number of threads a loader is drained as fast as it goes; the median and
the range over the rounds are printed. The share is the time that a batch takes to load over the step time given: below 1 the
loader keeps ahead of the training, on cores that the training leaves free.
"""

import argparse
import os
import time
from itertools import islice
from pathlib import Path
from statistics import median

from intaglio.data.batches import Batches
from intaglio.data.crop import Crop
from intaglio.data.folder import PictureFolder

CROPS = {
    "shorter 300, crop 256": Crop(size=256, resize="shorter", to=300, flip=True),
    "squash 512, crop 256": Crop(size=256, resize="squash", to=512),
}


def pictures_per_second(folder: PictureFolder, crop: Crop, workers: int, batch_size: int, steps: int, seed: int) -> float:
    with Batches({"picture": (folder, crop)}, batch_size, seed, workers=workers) as batches:
        next(batches)
        began = time.perf_counter()
        for _ in islice(batches, steps):
            pass
        return steps * batch_size / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--step-time", type=float, default=0.5, help="seconds of a training step")
    given = parser.parse_args()
    began = time.perf_counter()
    folder = PictureFolder.scan(given.folder)
    print(f"{len(folder)} pictures found in {time.perf_counter() - began:.2f} s, {os.cpu_count()} cores")
    for name, crop in CROPS.items():
        for workers in (1, 2, 4, 8):
            rates = [
                pictures_per_second(folder, crop, workers, given.batch_size, given.steps, seed) for seed in range(given.rounds)
            ]
            share = given.batch_size / median(rates) / given.step_time
            print(
                f"{name}, {workers} threads: {median(rates):.0f} pictures/s ({min(rates):.0f} to {max(rates):.0f}), "
                f"{share:.1%} of a step of {given.step_time:g} s"
            )


if __name__ == "__main__":
    main()
