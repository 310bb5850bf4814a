"""Steps of SNGAN's training, beside a plain loop of the same recipe: five steps of the discriminator and one of the generator.

    python benchmarks/gan_training.py [--turns 5]

The plain loop is what the papers' codes do: pictures are made tensors one by one, real and made ones pass the discriminator one
after the other, pictures for its steps are made with gradients that are then cut off, the generator's step computes the
discriminator's gradients as well, all on contiguous tensors. The library's loop is measured in float32 and in bfloat16. Loops
take turns of one step each, after one that does not count. Seconds are the processor's on one thread, which a busy machine
disturbs less than those on the clock. Results go to `benchmarks/results/DATE-gan-training.{json,md}`.
"""

import copy
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from intaglio.data.labelled import LabelledPictures
from intaglio.models.catalog import MODELS
from intaglio.models.gan.networks import Discriminator, Generator
from intaglio.storage.pretrained import Pretrained
from intaglio.training.gan.beginning import DISCRIMINATOR, GENERATOR, Beginning
from intaglio.training.gan.train import gan_spec, train_gan
from intaglio.training.objective import Moment
from intaglio.training.run import Conduct
from record import record

WIDTHS = ((64, 32),)
PLAIN, SHIPPED = "plain, float32", ("library, float32", "library, bfloat16")
CRITIC_STEPS, REAL, MADE, PICTURES = 5, 64, 128, 2_000
RATE, BETAS, DECAY = 2e-4, (0.0, 0.9), 0.999


def pictures() -> LabelledPictures:
    """Noise of the size of CIFAR-10."""
    source = torch.Generator().manual_seed(0)
    made = torch.randint(0, 256, (PICTURES, 3, 32, 32), dtype=torch.uint8, generator=source)
    return LabelledPictures(pictures=made, labels=torch.zeros(PICTURES, dtype=torch.int64), classes=("noise",))


def networks(width: int, judging: int) -> dict[str, Pretrained]:
    """A generator and a discriminator of these widths."""
    torch.manual_seed(0)
    found = {}
    for part, name, wide in ((GENERATOR, "resnet-generator", width), (DISCRIMINATOR, "resnet-discriminator", judging)):
        config = MODELS[name].config.parse({"width": wide}, where=name)
        found[part] = Pretrained(card=MODELS[name], config=config, network=MODELS[name].build(config))
    return found


def plain(parts: dict[str, Pretrained], data: LabelledPictures) -> Iterator[float]:
    """Processor seconds of steps of what one would write first."""
    generator = cast(Generator, copy.deepcopy(parts[GENERATOR].network).train())
    discriminator = cast(Discriminator, copy.deepcopy(parts[DISCRIMINATOR].network).train())
    average = copy.deepcopy(list(generator.parameters()))
    makes, judges = (torch.optim.Adam(one.parameters(), lr=RATE, betas=BETAS) for one in (generator, discriminator))
    stored = data.pictures.permute(0, 2, 3, 1).numpy()
    order = np.random.default_rng(0)

    def loaded() -> Tensor:
        chosen = order.integers(0, len(stored), REAL)
        return torch.stack(
            [torch.from_numpy(stored[one]).permute(2, 0, 1).float().div(255).sub(0.5).div(0.5) for one in chosen]
        )

    def latents(count: int) -> Tensor:
        return torch.randn(count, generator.config.latent)

    while True:
        began = time.thread_time()
        for _ in range(CRITIC_STEPS):
            judges.zero_grad()
            real, fake = discriminator(loaded()), discriminator(generator(latents(REAL)).detach())
            (F.relu(1 - real).mean() + F.relu(1 + fake).mean()).backward()
            judges.step()
        makes.zero_grad()
        (-discriminator(generator(latents(MADE))).mean()).backward()
        makes.step()
        with torch.no_grad():
            for kept, now in zip(average, generator.parameters(), strict=True):
                kept.mul_(DECAY).add_(now, alpha=1 - DECAY)
        yield time.thread_time() - began


def library(parts: dict[str, Pretrained], data: LabelledPictures, precision: str, steps: int) -> list[float]:
    """Processor seconds of all steps but the first."""
    beginning = Beginning(networks=parts)
    spec = gan_spec("sngan", data, {"training": {"steps": steps + 1, "precision": precision}}, beginning, "benchmark")
    ends: list[float] = []

    def note(_: Moment) -> None:
        ends.append(time.thread_time())

    with tempfile.TemporaryDirectory() as folder:
        quiet = Conduct(save_every=10**9, log_every=10**9, show_every=10**9)
        train_gan(spec, beginning, data, Path(folder), quiet, [note])
    return [after - before for before, after in pairwise(ends)]


def cases(turns: int) -> list[dict[str, Any]]:
    """Medians of each loop, in turns."""
    data, found = pictures(), []
    for width, judging in WIDTHS:
        parts = networks(width, judging)
        seconds: dict[str, list[float]] = {loop: [] for loop in (PLAIN, *SHIPPED)}
        steps = plain(parts, data)
        next(steps)
        for _ in range(turns):
            seconds[PLAIN].append(next(steps))
            for loop in SHIPPED:
                seconds[loop] += library(parts, data, loop.split(", ")[1], 1)
        times = {loop: median(values) for loop, values in seconds.items()}
        found.append({"width": width, "judging": judging, "seconds": times, "all": seconds})
    return found


def page(document: dict[str, Any]) -> str:
    """A table."""
    lines = [
        f"# Training SNGAN, {document['date']}",
        "",
        f"{document['hardware']}; commit {document['commit']}. Processor seconds of a step of the generator with its five of",
        f"the discriminator, medians of {document['turns']} turns.",
        "",
        "| widths of generator and discriminator | loop | seconds | times plain |",
        "| --- | --- | ---: | ---: |",
    ]
    for case in document["cases"]:
        for loop, seconds in case["seconds"].items():
            ratio = case["seconds"][PLAIN] / seconds
            lines.append(f"| {case['width']}, {case['judging']} | {loop} | {seconds:.2f} | {ratio:.2f} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    record("gan-training", __doc__, 3, cases, page)
