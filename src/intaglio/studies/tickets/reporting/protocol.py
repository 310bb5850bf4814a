"""How a lottery study is done, in words."""

from collections.abc import Iterator, Mapping

from intaglio.pruning.catalog import PRUNERS
from intaglio.studies.tickets.lottery import LotterySpec

LIMITS = (
    "Errors are the network's own loss on unseen pairs, as in Kong et al. 2022. No person was asked what looks better.",
    "A few seeds say little about how sure a mean is. The intervals are Student's, of differences seed by seed, and wide.",
    "A level matches by its mean alone, as the paper has it. Among many levels some match by chance.",
    "Networks narrower than the paper's, and trained for fewer steps, may have other tickets than those.",
    "Zeros take no space in a ticket's file. What they save in time is measured above, and not claimed beyond.",
)
"""What a report does not claim."""


def protocol(lottery: LotterySpec, kinds: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of what and how; networks are called by their kinds, too."""

    def called(digest: str) -> str:
        return f"{kinds[digest]} {digest}" if digest in kinds else digest

    training, crop = lottery.training, lottery.crop
    begin = f"as those of {called(lottery.start)}, as far as they fit" if lottery.start else "fresh"
    yield "network", f"{lottery.network}; encoder of {called(lottery.encoder)}, other weights {begin}"
    yield "arms", ", ".join(["dense", *lottery.arms])
    last = lottery.sparsity(lottery.rounds)
    yield "rounds", f"{lottery.rounds}; in each {lottery.share:.0%} of what is left goes, up to {last:.1%}"
    parts = "encoder, transfer and decoder" if lottery.parts is None else ", ".join(lottery.parts)
    extras = [name for name, taken in (("biases", lottery.biases), ("the color convolution", lottery.color)) if taken]
    floor = f"; {lottery.floor:.1%} of every layer stays" if lottery.floor else ""
    yield "pruned", ", ".join([f"weights of {parts}", *extras]) + floor
    paper = "" if lottery.pruner == LotterySpec.model_fields["pruner"].default else "; the paper ranks by magnitude"
    yield "ranked by", f"{lottery.pruner}: {PRUNERS[lottery.pruner].title}{paper}"
    schedule = f"{training.schedule} schedule" + (f" after {training.warmup} steps of warm-up" if training.warmup else "")
    length = f"{training.steps:,} steps of {training.batch_size} pairs"
    yield "training", f"{length}, Adam at {training.learning_rate:g}, {schedule}, {training.precision}"
    yield "pictures", f"resized to {crop.to} px ({crop.resize}), crops of {crop.size} px"
    yield "learnt from", _streams(lottery.data)
    yield "judged on", f"{lottery.batches * training.batch_size:,} pairs, the same for all; {_streams(lottery.test)}"
    yield "loss network", called(lottery.loss_network)
    yield "seeds", ", ".join(map(str, lottery.seeds))


def _streams(data: dict[str, str]) -> str:
    return ", ".join(f"{name} {digest}" for name, digest in data.items())
