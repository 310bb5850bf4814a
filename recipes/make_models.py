"""Make the networks that come with the package anew: `make models`, some hours on two cores.

    python recipes/make_models.py --published DIR --content DIR --style DIR --cifar DIR --unpaired DIR --work DIR

The published 16x networks of Collaborative Distillation (MIT) teach; no weight of theirs is taken over: the students start from
random weights; decoders of one convolution and the heads of the loss network are solved for. An interrupted run goes on.

    wct-16x        five stages: relu5_1 and relu4_1 share one encoder (`wct-16x.toml`), relu3_1 to relu1_1 have their own
                   (`wct-16x-fine.toml`)
    adain-plain-16x
                   the shared encoder to relu4_1; the decoder starts from its reconstruction decoder
                   (`adain-plain-16x.toml`), then learns on (`adain-plain-16x-polish.toml`, and `adain-plain-16x-lifted.toml`
                   with the loss network below)
    adain-16x      the same with the stages of wct-16x at relu2_1 and relu1_1 behind it (`adain-16x.toml`)
    loss-network   the relu5_1 encoder of wct-16x with linear-embedding heads to the channels of VGG-19
    sanet-16x ...  the shared encoder; transfer and decoder learn with the loss network (`sanet-16x.toml` ...), the decoder from
                   that of adain-plain-16x
    sngan-cifar10  a short run of a narrow generator, from random weights (`sngan-cifar10.toml`)
    cyclegan-painting
                   a short run of a narrow translator of photos to paintings, from random weights (`cyclegan-painting.toml`)
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from intaglio.cli.main import main as intaglio
from intaglio.models.catalog import MODELS
from intaglio.models.style.network import Cascade
from intaglio.models.style.vgg_codec import Decoder, Encoder
from intaglio.models.style.wct import WCTConfig
from intaglio.samples import ARTIFACTS
from intaglio.storage.artifact import from_pretrained, save_pretrained
from intaglio.storage.manifest import MANIFEST
from intaglio.storage.pretrained import Pretrained, Source
from intaglio.training.assembly import filled
from intaglio.training.parts import shortened

RECIPES = Path(__file__).parent
CUTS = ("relu5_1", "relu4_1", "relu3_1", "relu2_1", "relu1_1")
_RELU3_1 = ("--widths", "16,16,32,32,64", "--encoder-steps", "2500", "--decoder-steps", "4500")
# Stages taught together, the recipe, and what the command line adds to it.
LESSONS = (
    ("coarse", CUTS[:3], "wct-16x.toml", ()),
    ("relu3_1", CUTS[2:3], "wct-16x-fine.toml", _RELU3_1),
    ("relu2_1", CUTS[3:4], "wct-16x-fine.toml", ("--widths", "16,16,32")),
    ("relu1_1", CUTS[4:], "wct-16x-fine.toml", ("--widths", "24", "--encoder-steps", "900")),
)
# Networks trained as one piece, in the order in which they stand in the catalog.
WHOLE = ("sanet", "lst", "manet", "adaattn", "mccnet")
TEACHER = (
    "Teacher: the published 16x networks of Collaborative Distillation (Wang et al. 2020, MIT); students started from random "
    "weights, none of the teacher's is in this file."
)
PHOTOS_AND_PAINTINGS = (
    "Data: 1,100 photos and 1,300 paintings, prints and drawings of public collections, shorter side up to 288 pixels, resized "
    "to 200, in random crops of 160; none of them is part of the project."
)


def main() -> int:
    """Run the recipes, then put what came out into the package, in half precision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("published", "content", "style", "cifar", "unpaired", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    work, content, style = given.work, str(given.content), str(given.style)
    run(["import", "collaborative-distillation-16x", str(given.published)], work / "teacher")
    teacher, taught = from_pretrained(work / "teacher"), []
    for name, cuts, recipe, more in LESSONS:
        save_pretrained(part(teacher, cuts), work / f"teacher-{name}")
        command = ["distill", str(work / f"teacher-{name}"), "--spec", str(RECIPES / recipe), *more]
        run([*command, "--data", content, "--data", style], work / name)
        taught.append(from_pretrained(work / name))
    wct = cascade([part(taught[0], CUTS[:2]), *taught[1:]])
    save_pretrained(wct, work / "wct-16x")
    pictures = ["--content", content, "--style", style]
    save_pretrained(loss_network(taught[0]), work / "loss-network")
    lifted = ["--loss-network", str(work / "loss-network")]
    for start, recipe, name, more in (
        ("coarse", "adain-plain-16x", "adain-first", []),
        ("adain-first", "adain-plain-16x-polish", "adain-second", []),
        ("adain-second", "adain-plain-16x-lifted", "adain-plain-16x", lifted),
    ):
        base = ["--encoder", str(work / start), "--start", str(work / start), "--spec", str(RECIPES / f"{recipe}.toml")]
        run(["train", "adain", *base, *more, *pictures], work / name)
    for name, network in (
        ("wct-16x", wct),
        ("adain-plain-16x", from_pretrained(work / "adain-plain-16x")),
        ("loss-network", loss_network(taught[0])),
    ):
        ship(network, name)
    encoder, start, judge = (str(ARTIFACTS[name]) for name in ("wct-16x", "adain-plain-16x", "loss-network"))
    base = ["--encoder", encoder, "--start", start, "--loss-network", judge]
    for name in ("adain", *WHOLE):
        made = f"{name}-16x"
        run(["train", name, *base, "--spec", str(RECIPES / f"{made}.toml"), *pictures], work / made)
        ship(from_pretrained(work / made), made)
    kinds = ["--from", str(given.unpaired / "trainA"), "--to", str(given.unpaired / "trainB")]
    for made, preset, data in (
        ("sngan-cifar10", "sngan", ["--data", str(given.cifar)]),
        ("cyclegan-painting", "cyclegan", kinds),
    ):
        run(["train", preset, "--spec", str(RECIPES / f"{made}.toml"), *data], work / made)
        ship(from_pretrained(work / made), made)
    return 0


def run(command: Sequence[str], out: Path) -> None:
    """One command of ours, unless what it makes is there; its error ends the program."""
    if not (out / MANIFEST).is_file() and (code := intaglio([*command, "-o", str(out)])):
        raise SystemExit(code)


def part(network: Pretrained, cuts: Sequence[str]) -> Pretrained:
    """Some stages of a WCT cascade as a cascade of their own."""
    stages = [stage for stage in _style_network(network).cascade() if stage.config.cut in cuts]
    config = WCTConfig(stages=tuple(stage.config for stage in stages))
    made = filled(network.card, config, {stage.config.cut: (stage.encoder, stage.decoder) for stage in stages})
    return replace(made, source=network.source)


def cascade(parts: Sequence[Pretrained]) -> Pretrained:
    """The stages of several cascades as one, in the order given; without heads, which stylizing does not need."""
    codecs: dict[str, tuple[Encoder, Decoder]] = {}
    for stage in (stage for network in parts for stage in _style_network(network).cascade()):
        bare = stage.config.model_copy(update={"embedded": ()})
        codecs[bare.cut] = (shortened(stage.encoder, bare), stage.decoder)
    config = WCTConfig(stages=tuple(encoder.config for encoder, _ in codecs.values()))
    source = Source(parents=tuple(dict.fromkeys(parent for network in parts for parent in network.source.parents)))
    return replace(filled(MODELS["wct"], config, codecs), source=source)  # type: ignore[arg-type]


def loss_network(coarse: Pretrained) -> Pretrained:
    """The deepest encoder, with its heads, as an artifact of its own."""
    encoder = max((stage.encoder for stage in _style_network(coarse).cascade()), key=lambda one: len(one.config.widths))
    return Pretrained(card=MODELS["vgg-encoder"], config=encoder.config, network=encoder, source=coarse.source)


def ship(network: Pretrained, name: str) -> None:
    """Save a network into the package, with the project's notes on it."""
    source = Source(
        license="Apache-2.0",
        parents=network.source.parents,
        commands=("make models",),
        notes=NOTES[name],
    )
    save_pretrained(replace(network, source=source), ARTIFACTS[name], half=True)


def _style_network(pretrained: Pretrained) -> Cascade:
    assert isinstance(pretrained.network, Cascade)
    return pretrained.network


TAUGHT = (TEACHER, PHOTOS_AND_PAINTINGS)
BEGAN = "the decoder began as that of adain-plain-16x."
LEARNED = f"One run of 2,000 steps with the losses of the paper and the loss network; {BEGAN}"
NOTES: dict[str, tuple[str, ...]] = {
    "wct-16x": (
        *TAUGHT,
        "Stages relu5_1 and relu4_1 share one encoder; the others have their own, that of relu1_1 with 24 channels.",
        "Decoders of relu5_1 and relu4_1 were trained in cosine cycles: of 2,400, 1,300, 3,000 and 2,600 steps, and of 2,000, "
        "1,300 and 3,000. They grew from decoders at relu1_1 to relu3_1 of the shared encoder, which were then replaced.",
    ),
    "adain-plain-16x": (
        *TAUGHT,
        "AdaIN as its paper has it, one stage at relu4_1: the fastest of the package's networks.",
        "Style loss 10, content loss 1; the encoder is the front of that of relu5_1 of wct-16x.",
        "Three runs of 3,000, 1,100 and 900 steps, the last with the loss network's lifted features.",
    ),
    "adain-16x": (
        *TAUGHT,
        "Behind AdaIN at relu4_1 stand the stages of wct-16x that whiten and color at relu2_1 and relu1_1, as they are there.",
        "One run of 5,000 steps from adain-plain-16x, the decoder learning to make pictures that these stages finish.",
    ),
    "sanet-16x": (*TAUGHT, LEARNED),
    "lst-16x": (
        *TAUGHT,
        "Matrices of 24 x 24; the decoder is that of adain-plain-16x, which paints better than one that only reconstructs.",
        "One run of 1,800 steps with the losses of the paper and the loss network.",
    ),
    "manet-16x": (*TAUGHT, LEARNED),
    "adaattn-16x": (
        *TAUGHT,
        "Queries and keys have at most 128 channels; the local loss compares features as they are, not lifted.",
        f"One run of 1,500 steps with the losses of the paper; {BEGAN}",
    ),
    "mccnet-16x": (*TAUGHT, LEARNED),
    "loss-network": (*TAUGHT, "The heads are least-squares maps to the features of the teacher, in the channels of VGG-19."),
    "sngan-cifar10": (
        "Data: 10,000 pictures of CIFAR-10, from a JPEG copy; none of them is part of the project.",
        "One run of 5,000 steps from random weights, a tenth of the recipe's, at a quarter of its width; what it makes has the "
        "texture and the colors of photos, and seldom an object that can be named.",
        "The weights are an average over training, on the live statistics of batch normalization.",
    ),
    "cyclegan-painting": (
        "Data: 220 photos and 220 paintings, resized to 108 pixels, in random crops of 96; none of them is part of the "
        "project.",
        "One run of 4,000 steps of four pictures from random weights, a seventeenth of the recipe's pictures, at three eighths "
        "of its width, with six blocks, repeated pixels and batch normalization.",
    ),
}

if __name__ == "__main__":
    raise SystemExit(main())
