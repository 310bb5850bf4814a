"""Lottery tickets in style transfer (Kong et al. 2022): the arms of its experiments, as steps.

Every arm trains a masked network for as long as the dense one and judges it; arms differ in where the mask comes from and what
training begins with:

    imp             a fifth of what is left goes in each round, by magnitude over the whole network; back to theta_0 (section 3)
    rewound-P       the same, back to the weights after P percent of the dense training (Table 3)
    one-shot        one cut of the trained dense network; back to theta_0
    random          a random fifth of what is left goes in each round; back to theta_0
    random-ticket   the masks of imp, on weights drawn anew
    fine-tuned      magnitude as in imp, but training goes on from the weights that were cut
    slimmed         whole filters, by scales trained under an L1 penalty; training goes on from the weights that were cut
    frozen          dense, the encoder staying as it is (Table 1)

Departures:
- The paper does not say what a random ticket draws anew; here everything that imp could prune, the encoder's weights too.
- The paper trains from fresh decoders for 160,000 steps. `start` may name a network to begin with, which short studies need.
- The paper ranks by magnitude over the whole network. `pruner` may name another method, which networks need whose layers differ
  in scale: global magnitude empties the layers of small weights.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, field_validator

from intaglio.data.crop import Crop
from intaglio.pruning.catalog import PRUNERS
from intaglio.studies.tickets.steps import Begin, Cut, Judge, Train
from intaglio.training.spec import TrainingSpec
from intaglio.vocabulary.seeds import derive_seed
from intaglio.vocabulary.spec import Spec

DENSE = "dense"


class LotterySpec(Spec):
    """A study of one network."""

    network: str
    """Name in the catalog of training methods."""
    arms: tuple[str, ...]
    """What is compared with the dense network."""
    encoder: str
    """Digest of the network that the encoder is taken from."""
    start: str = ""
    """Digest of the network that training begins with; empty for fresh weights behind the encoder."""
    loss_network: str
    """Digest of the loss network, which judges too."""
    settings: dict[str, Any] = Field(default_factory=dict)
    losses: dict[str, Any] = Field(default_factory=dict)
    data: dict[str, str]
    """Digest of the pictures of each stream, for training."""
    test: dict[str, str]
    """The same, for judging."""
    crop: Crop
    training: TrainingSpec
    """Of every training; the seed is the trial's."""
    seeds: tuple[int, ...] = (0, 1, 2)
    rounds: int = Field(default=12, ge=1)
    share: float = Field(default=0.2, gt=0, lt=1)
    """Of what is left, that goes in a round."""
    pruner: str = "magnitude"
    """Name in the catalog of pruning methods, of all arms but random ones."""
    slimming: float = Field(default=1.0, gt=0)
    """Of the arm "slimmed": strength of the penalty, per unit of the learning rate."""
    parts: tuple[str, ...] | None = None
    """What is pruned; all parts of the network if None."""
    biases: bool = False
    color: bool = False
    floor: float = 0.0
    batches: int = Field(default=16, ge=1)
    """Of pairs that a network is judged on."""

    @field_validator("pruner")
    @classmethod
    def _pruner_is_known(cls, pruner: str) -> str:
        return PRUNERS[pruner].name

    @field_validator("arms")
    @classmethod
    def _arms_are_known(cls, arms: tuple[str, ...]) -> tuple[str, ...]:
        for arm in arms:
            if arm not in ARMS and not _rewound(arm):
                raise ValueError(f"{arm!r} is no arm; known: {', '.join(ARMS)}, rewound-10 and so on")
        return arms

    def sparsity(self, number: int) -> float:
        """After a round: `1 - (1 - share)^number`."""
        return 1 - (1 - self.share) ** number


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A network that is trained and judged."""

    arm: str
    seed: int
    round: int
    sparsity: float
    """Of the weights that may be pruned."""
    cut: Cut | None
    train: Train
    judge: Judge


def trials(spec: LotterySpec) -> Iterator[Trial]:
    """All networks of a study, the dense ones of every seed first."""
    for seed in spec.seeds:
        yield _Plan(spec, seed).dense
    for seed in spec.seeds:
        plan = _Plan(spec, seed)
        for arm in spec.arms:
            share = _rewound(arm)
            yield from plan.iterative(arm, at=share) if share else ARMS[arm](plan)


def steps(spec: LotterySpec) -> list[Spec]:
    """Of all trials, each once, behind those that it needs."""
    plans = [_Plan(spec, seed) for seed in spec.seeds]
    begins = {begin.digest(): begin for plan in plans for begin in (plan.begin, plan.redrawn, plan.slimming)}
    found: dict[str, Spec] = {}
    for trial in trials(spec):
        first = {trial.train.begin, *([trial.cut.weights] if trial.cut else [])}
        before = [begins[digest] for digest in sorted(first) if digest in begins]
        for step in (*before, trial.cut, trial.train, trial.judge):
            if step is not None:
                found.setdefault(step.digest(), step)
    return list(found.values())


class _Plan:
    """The steps of one seed."""

    def __init__(self, spec: LotterySpec, seed: int) -> None:
        self.spec, self.seed = spec, seed
        self.training = spec.training.model_copy(update={"seed": seed})
        self.begin = self._begin(seed, redrawn=False)
        self.redrawn = self._begin(derive_seed(seed, "redrawn") % 2**31, redrawn=True)
        self.snapshots = tuple(sorted({self._step(share) for share in map(_rewound, spec.arms) if share}))
        self.slimming = self.trial("slimmed", 0, None, self.begin.digest(), slimming=spec.slimming).train
        self.dense = self.trial(DENSE, 0, None, self.begin.digest(), snapshots=self.snapshots)

    def _begin(self, seed: int, *, redrawn: bool) -> Begin:
        spec = self.spec
        return Begin(
            network=spec.network,
            encoder=spec.encoder,
            start=spec.start,
            loss_network=spec.loss_network,
            settings=spec.settings,
            data=spec.data,
            crop=spec.crop,
            batch_size=spec.training.batch_size,
            seed=seed,
            redrawn=redrawn,
        )

    def _step(self, share: float) -> int:
        return max(1, round(share * self.spec.training.steps))

    def trial(self, arm: str, number: int, cut: Cut | None, begin: str, **train: Any) -> Trial:
        spec = self.spec
        shared: dict[str, Any] = {
            "network": spec.network,
            "loss_network": spec.loss_network,
            "losses": spec.losses,
            "crop": spec.crop,
        }
        trained = Train(
            begin=begin, mask=cut.digest() if cut else "", data=spec.data, training=self.training, **{**shared, **train}
        )
        judge = Judge(of=trained.digest(), data=spec.test, batches=spec.batches, batch_size=spec.training.batch_size, **shared)
        sparsity = spec.sparsity(number)
        return Trial(arm=arm, seed=self.seed, round=number, sparsity=sparsity, cut=cut, train=trained, judge=judge)

    def cut(self, number: int, weights: str, before: Cut | None, pruner: str | None = None, seed: int = 0) -> Cut:
        spec = self.spec
        return Cut(
            weights=weights,
            before=before.digest() if before else "",
            pruner=spec.pruner if pruner is None else pruner,
            sparsity=spec.sparsity(number),
            parts=spec.parts,
            biases=spec.biases,
            color=spec.color,
            floor=spec.floor,
            seed=seed,
        )

    def iterative(self, arm: str, at: float = 0.0) -> Iterator[Trial]:
        begin = {"begin": self.dense.train.digest(), "at": self._step(at)} if at else {"begin": self.begin.digest()}
        last, before = self.dense, None
        for number in self.rounds:
            before = self.cut(number, last.train.digest(), before)
            last = self.trial(arm, number, before, **begin)
            yield last

    def one_shot(self) -> Iterator[Trial]:
        for number in self.rounds:
            yield self.trial("one-shot", number, self.cut(number, self.dense.train.digest(), None), self.begin.digest())

    def random(self) -> Iterator[Trial]:
        before: Cut | None = None
        for number in self.rounds:
            seed = derive_seed(self.seed, "random", number)
            before = self.cut(number, self.begin.digest(), before, "uniform-random", seed)
            yield self.trial("random", number, before, self.begin.digest())

    def random_ticket(self) -> Iterator[Trial]:
        for trial in self.iterative("imp"):
            yield self.trial("random-ticket", trial.round, trial.cut, self.redrawn.digest())

    def fine_tuned(self) -> Iterator[Trial]:
        last, before = self.dense, None
        for number in self.rounds:
            before = self.cut(number, last.train.digest(), before)
            last = self.trial("fine-tuned", number, before, last.train.digest())
            yield last

    def slimmed(self) -> Iterator[Trial]:
        slim = self.slimming.digest()
        for number in self.rounds:
            yield self.trial("slimmed", number, self.cut(number, slim, None, pruner=""), slim)

    def frozen(self) -> Iterator[Trial]:
        yield self.trial("frozen", 0, None, self.begin.digest(), joint=False)

    @property
    def rounds(self) -> range:
        return range(1, self.spec.rounds + 1)


ARMS: Mapping[str, Callable[[_Plan], Iterator[Trial]]] = {
    "imp": lambda plan: plan.iterative("imp"),
    "one-shot": _Plan.one_shot,
    "random": _Plan.random,
    "random-ticket": _Plan.random_ticket,
    "fine-tuned": _Plan.fine_tuned,
    "slimmed": _Plan.slimmed,
    "frozen": _Plan.frozen,
}


def _rewound(arm: str) -> float:
    """The share of training that an arm goes back to; 0 for other arms."""
    kind, _, percent = arm.rpartition("-")
    return int(percent) / 100 if kind == "rewound" and percent.isdigit() and 0 < int(percent) < 100 else 0.0
