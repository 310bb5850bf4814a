"""Make the networks that come with the package anew: `make models`, about an hour and a half on two cores.

    python recipes/make_models.py --published DIR --content DIR --style DIR --work DIR

The published 16x networks of Collaborative Distillation (MIT) teach; no weight of theirs is taken over: the students start from
random weights, and the heads of the loss network are solved for by least squares. A run that was interrupted goes on.

    wct-16x        five stages on one shared encoder, distilled (`wct-16x.toml`)
    adain-16x      its relu4_1 encoder; the decoder starts from its reconstruction decoder (`adain-16x.toml`)
    loss-network   its relu5_1 encoder with linear-embedding heads to the channels of VGG-19
"""

import argparse
from dataclasses import replace
from pathlib import Path

from intaglio.cli.main import main as intaglio
from intaglio.models.catalog import MODELS
from intaglio.models.style.network import StyleNetwork
from intaglio.samples import NETWORKS
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.pretrained import Pretrained, Source
from intaglio.training.assembly import rebuilt
from intaglio.training.parts import shortened

RECIPES = Path(__file__).parent
TEACHER = (
    "Teacher: the published 16x networks of Collaborative Distillation (Wang et al. 2020, MIT); students started from random "
    "weights, none of the teacher's is in this file."
)
DATA = (
    "Data: 1,100 photos and 1,300 paintings, prints and drawings of public collections, shorter side up to 288 pixels, resized "
    "to 200, in random crops of 160; none of them is part of the project."
)


def main() -> int:
    """Run the recipes, then put what came out into the package, in half precision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("published", "content", "style", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    work, content, style = given.work, str(given.content), str(given.style)
    teacher, wct, adain = str(work / "teacher"), str(work / "wct-16x"), str(work / "adain-16x")
    distill = ["distill", teacher, "-o", wct, "--spec", str(RECIPES / "wct-16x.toml"), "--data", content, "--data", style]
    train = ["train", "adain", "--encoder", wct, "--start", wct, "-o", adain, "--spec", str(RECIPES / "adain-16x.toml")]
    for command in (
        ["import", "collaborative-distillation-16x", str(given.published), "-o", teacher],
        distill,
        [*train, "--content", content, "--style", style],
    ):
        if code := intaglio(command):
            return code
    ship(without_heads(from_pretrained(wct)), "wct-16x")
    ship(from_pretrained(adain), "adain-16x")
    ship(loss_network(from_pretrained(wct)), "loss-network")
    return 0


def loss_network(wct: Pretrained) -> Pretrained:
    """The deepest encoder, with its heads, as an artifact of its own."""
    assert isinstance(wct.network, StyleNetwork)
    encoder = max((stage.encoder for stage in wct.network.cascade()), key=lambda encoder: len(encoder.config.widths))
    return Pretrained(card=MODELS["vgg-encoder"], config=encoder.config, network=encoder, source=wct.source)


def without_heads(wct: Pretrained) -> Pretrained:
    """The cascade alone: stylizing needs no heads."""
    assert isinstance(wct.network, StyleNetwork)
    bare = {
        stage.config.cut: (shortened(stage.encoder, stage.config.model_copy(update={"embedded": ()})), stage.decoder)
        for stage in wct.network.cascade()
    }
    return replace(rebuilt(wct, bare), source=wct.source)


def ship(network: Pretrained, name: str) -> None:
    """Save a network into the package, with the project's notes on it."""
    source = Source(
        license="Apache-2.0",
        parents=network.source.parents,
        commands=("make models",),
        notes=(TEACHER, DATA, *network.source.notes),
    )
    save_pretrained(replace(network, source=source), NETWORKS[name], half=True)


if __name__ == "__main__":
    raise SystemExit(main())
