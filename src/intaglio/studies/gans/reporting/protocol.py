"""How a study of tickets in GANs is done, in words."""

from collections.abc import Iterator, Mapping, Sequence

from intaglio.pruning.catalog import PRUNERS
from intaglio.studies.gans.games import PRESETS
from intaglio.studies.gans.plan import GanLottery, tell_arm

LIMITS = (
    "Scores through a classifier of one's own are no FID: they tell networks of one study apart, and are not comparable with "
    "those of papers, or of other feature networks.",
    "A few seeds say little about how sure a mean is. The intervals are Student's, of differences seed by seed, and wide.",
    "A level matches by the mean of its last scores alone. Among many levels some match by chance.",
    "Narrow networks that train shortly may have other tickets than those of the paper.",
    "The first linear layer of a generator and the last one of a discriminator are never pruned, as in the paper: shares of "
    "all parameters stand beside those of convolutions.",
)
"""What a report does not claim."""


def protocol(lottery: GanLottery, scores: Sequence[str], kinds: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of what and how.

    Args:
        lottery: what is done.
        scores: a line for each metric, with its protocol.
        kinds: of networks, by digest.

    """
    settings, training = lottery.settings, lottery.settings["training"]
    yield "game", f"{lottery.preset}: {PRESETS[lottery.preset].title}"
    for part in ("generator", "discriminator"):
        yield part, _listed(settings.get(part, {})) or "as in the paper"
    for arm in lottery.arms:
        yield arm, tell_arm(arm)
    last = lottery.sparsity(lottery.rounds)
    yield "rounds", f"{lottery.rounds}; in each {lottery.share:.0%} of what is left goes, up to {last:.1%}"
    yield "ranked by", f"{lottery.pruner}: {PRUNERS[lottery.pruner].title}; weights of convolutions only"
    yield "training", f"{lottery.length:,} steps; {_listed(training, 'steps')}"
    yield "losses", _listed(settings, "training", "generator", "discriminator")
    yield "learnt from", _digests(lottery.data)
    if lottery.elsewhere:
        yield "masks found on", _digests(lottery.elsewhere)
    judged = _digests(lottery.given) if lottery.given else f"{lottery.samples:,} pictures"
    yield "judged by", f"{judged}; {lottery.looks} times in a training, the end included"
    yield "seen by", f"{kinds.get(lottery.features, 'network')} {lottery.features}"
    for line in scores:
        yield "for example", line
    yield "seeds", ", ".join(map(str, lottery.seeds))


def _listed(settings: Mapping[str, object], *told: str) -> str:
    """Settings but for those that are told elsewhere."""
    return ", ".join(f"{name} {value}" for name, value in settings.items() if name not in told)


def _digests(data: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {digest}" for name, digest in data.items())
