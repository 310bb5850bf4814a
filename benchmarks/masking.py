"""What a mask costs a training step: the same step with a mask of 89.2 % and without, in turns.

    python benchmarks/masking.py [--steps 40]

Networks, losses, crops and batches are those of small studies, on one thread as these use it. Seconds are the processor's,
which a busy machine disturbs less than those on the clock. Results go to `benchmarks/results/DATE-masking.{json,md}`.
"""

import argparse
import json
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import nn

from intaglio.models.style.loss_network import LossNetwork
from intaglio.pruning.catalog import PRUNERS, pruned
from intaglio.pruning.mask import Mask
from intaglio.pruning.masking import masked
from intaglio.pruning.prunable import prunable
from intaglio.runtime.hardware import describe_hardware
from intaglio.samples import NETWORKS
from intaglio.storage.artifact import from_pretrained
from intaglio.storage.loss_network import deepest_encoder
from intaglio.studies.tickets.scales import SCALES
from intaglio.training.catalog import RECIPES
from intaglio.training.parts import shortened

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
SPARSITY = 0.892
KINDS = ("adain", "sanet")


def measure(kind: str, steps: int) -> dict[str, Any]:
    """Processor seconds of steps in turns, by "dense" and "masked"."""
    scale, recipe = SCALES["small"](kind), RECIPES[kind]
    training, crop = scale["training"], scale["crop"].size
    losses = recipe.losses()
    encoder = deepest_encoder(from_pretrained("loss-network"))
    sides = {}
    for side in ("dense", "masked"):
        begun = from_pretrained(NETWORKS[f"{kind}-16x"])
        loss_network = LossNetwork(shortened(encoder, encoder.config), lifted=losses.lift)
        objective = recipe.objective(begun.network, loss_network, losses, True)
        assert isinstance(objective, nn.Module)
        objective.to(memory_format=torch.channels_last)
        optimizer = torch.optim.Adam([one for one in objective.parameters() if one.requires_grad], lr=1e-5)
        sides[side] = begun, objective, optimizer
    begun = sides["masked"][0]
    weights = prunable(begun.card, begun.network)
    mask = pruned(PRUNERS["lamp"], weights, Mask.full(weights), SPARSITY)
    shape = (training["batch_size"], 3, crop, crop)
    batch = {name: torch.rand(shape).to(memory_format=torch.channels_last) for name in ("content", "style")}
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    with masked(dict(begun.network.named_parameters()), mask):
        for number in range(steps + 3):
            for side, (_, objective, optimizer) in sides.items():
                began = time.thread_time()
                with torch.autocast("cpu", torch.bfloat16, enabled=training["precision"] == "bfloat16"):
                    total = torch.stack(list(objective(batch).values())).sum()
                optimizer.zero_grad()
                total.backward()
                optimizer.step()
                if number >= 3:
                    seconds[side].append(time.thread_time() - began)
    facts = {"network": f"{kind}-16x", "batch": training["batch_size"], "crop": crop, "precision": training["precision"]}
    return {**facts, "seconds": seconds}


def markdown(document: dict[str, Any]) -> str:
    """The results as a page."""
    rows = []
    for case in document["cases"]:
        dense, with_mask = (median(case["seconds"][side]) for side in ("dense", "masked"))
        ratio = median(one / other for one, other in zip(case["seconds"]["masked"], case["seconds"]["dense"], strict=True))
        what = f"{case['network']}, {case['batch']} x {case['crop']} px, {case['precision']}"
        rows.append(f"| {what} | {dense:.3f} | {with_mask:.3f} | {ratio - 1:+.1%} | {len(case['seconds']['dense'])} |")
    return "\n".join(
        [
            f"# What a mask costs a training step, {document['date']}",
            "",
            f"{document['hardware']}; commit {document['commit']}. A mask of {SPARSITY:.1%} of the weights that may be pruned.",
            "Processor seconds, medians of steps in turns; the difference is the median of that of neighboring steps.",
            "",
            "| step | dense, s | with a mask, s | difference | steps |",
            "| --- | ---: | ---: | ---: | ---: |",
            *rows,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=40)
    steps = parser.parse_args().steps
    torch.set_num_threads(1)
    torch.manual_seed(0)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    document = {
        "date": datetime.now(UTC).date().isoformat(),
        "hardware": describe_hardware(torch.device("cpu")),
        "commit": commit.stdout.strip(),
        "cases": [measure(kind, steps) for kind in KINDS],
    }
    path = RESULTS / f"{document['date']}-masking.json"
    path.write_text(json.dumps(document, indent=2) + "\n")
    path.with_suffix(".md").write_text(markdown(document))
    print(markdown(document))


if __name__ == "__main__":
    main()
