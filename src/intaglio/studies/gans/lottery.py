"""Tickets in GANs (Chen et al., GANs Can Play Lottery Tickets Too, ICLR 2021): the arms of its experiments, as steps.

Every arm plays a masked game and judges the pictures of its generators; arms differ in where masks come from and what the game
begins with. A fifth of what is left goes in each round, by magnitude over each network, ranked by the weights that the round
before ended with; every game begins with theta_0 unless said otherwise:

    imp-g                  generators are pruned, discriminators stay dense
    imp-gd                 discriminators too
    imp-gd-kd              the same, and they are taught by the dense one that was trained
    random                 a random fifth of what is left of generators
    random-ticket          the masks of imp-g, on another theta_0, of all networks
    one-shot               one cut of the trained dense generators
    fine-tuned             as imp-g, but the game goes on from the weights that were cut
    erk                    generators masked at random by layers (Erdos-Renyi-Kernel), discriminators so by half
    other-discriminator    the masks of imp-g, the discriminators beginning with other fresh weights
    trained-discriminator  the same, with those that the dense game ended with
    rewound-P              as imp-g, back to the weights of all networks after P percent of the dense game, for the rest of it
    transferred            the masks that imp-g finds on other pictures, on these

Departures:
- The reference code draws random masks in one shot for each sparsity; here each is part of the one before.
- There every arm of the discriminator's start makes masks of its own; here all take those of imp-g, so that the start alone
  differs.
- There the best of 16 evaluations counts. Here the last one does, and the best is told beside it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, field_validator, model_validator

from intaglio.metrics.catalog import SET_METRICS
from intaglio.pruning.catalog import PRUNERS
from intaglio.studies.gans.games import PRESETS, discriminators, generators
from intaglio.studies.gans.steps import CutPart, Play, Score, Taken
from intaglio.vocabulary.seeds import derive_seed
from intaglio.vocabulary.spec import Spec

DENSE = "dense"
_BALANCED = 0.5


class GanLottery(Spec):
    """A study of one preset."""

    preset: str
    """Name in the catalog of GANs or in that of translations."""
    arms: tuple[str, ...]
    """What is compared with the dense game."""
    data: dict[str, str]
    """Digest of the pictures to learn from: "pictures" of GANs, "first" and "second" of translations."""
    elsewhere: dict[str, str] = Field(default_factory=dict)
    """The same, of the pictures that masks are found on which are transferred."""
    given: dict[str, str] = Field(default_factory=dict)
    """By generator that translates, digest of the pictures that it is judged on."""
    settings: dict[str, Any]
    """Of the preset's description, with `training`; the seed is the trial's."""
    side: int = Field(ge=1)
    """Of the pictures, pixels."""
    seeds: tuple[int, ...] = (0, 1, 2)
    rounds: int = Field(default=8, ge=1)
    share: float = Field(default=0.2, gt=0, lt=1)
    """Of what is left, that goes in a round."""
    pruner: str = "magnitude"
    """Name in the catalog of pruning methods, of all arms but random ones."""
    features: str
    """Digest of the classifier that sees the pictures."""
    metrics: tuple[str, ...] = ("fid", "kid")
    """The first one decides which tickets match."""
    samples: int = Field(default=10_000, ge=2)
    """That a generator is judged by."""
    looks: int = Field(default=4, ge=1)
    """How often it is judged in its training, the end included."""

    @field_validator("settings", mode="before")
    @classmethod
    def _settings_are_as_written_down(cls, settings: Any) -> Any:
        # Presets have tuples where a file that is read again has lists.
        return json.loads(json.dumps(settings))

    @field_validator("preset")
    @classmethod
    def _preset_is_known(cls, preset: str) -> str:
        PRESETS[preset]  # raises for one that is not known
        return preset

    @field_validator("pruner")
    @classmethod
    def _pruner_is_known(cls, pruner: str) -> str:
        return PRUNERS[pruner].name

    @field_validator("metrics")
    @classmethod
    def _first_metric_is_a_distance(cls, metrics: tuple[str, ...]) -> tuple[str, ...]:
        if not metrics or SET_METRICS[metrics[0]].better != "lower":
            raise ValueError("the first metric is a distance, such as fid; it decides which tickets match")
        return metrics

    @field_validator("arms")
    @classmethod
    def _arms_are_known(cls, arms: tuple[str, ...]) -> tuple[str, ...]:
        for arm in arms:
            if arm not in ARMS and not _rewound(arm):
                raise ValueError(f"{arm!r} is no arm; known: {', '.join(ARMS)}, rewound-10 and so on")
        return arms

    @model_validator(mode="after")
    def _masks_come_from_somewhere(self) -> "GanLottery":
        if "transferred" in self.arms and not self.elsewhere:
            raise ValueError("masks are transferred from other pictures; give `elsewhere`, what they are found on")
        return self

    @property
    def length(self) -> int:
        """Training steps of a game."""
        steps: int = self.settings["training"]["steps"]
        return steps

    def sparsity(self, number: int) -> float:
        """After a round, `1 - (1 - share)^number`."""
        return 1 - (1 - self.share) ** number


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A game that is played and judged."""

    arm: str
    seed: int
    round: int
    sparsity: float
    """Of the weights of each generator that may be pruned."""
    cuts: Mapping[str, CutPart]
    """By part."""
    play: Play
    score: Score


def trials(spec: GanLottery) -> list[Trial]:
    """All games of a study, the dense ones of every seed first."""
    return _trials([_Plan(spec, seed) for seed in spec.seeds])


def steps(spec: GanLottery) -> list[Spec]:
    """Of all trials, each once, behind those that it needs."""
    plans = [_Plan(spec, seed) for seed in spec.seeds]
    wanted = _trials(plans)
    made = {digest: step for plan in plans for digest, step in plan.made.items()}
    found: dict[str, Spec] = {}

    def visit(digest: str) -> None:
        if digest not in found:
            for need in made[digest].needs:
                visit(need)
            found[digest] = made[digest]

    for trial in wanted:
        visit(trial.score.digest())
    return list(found.values())


def _trials(plans: Sequence["_Plan"]) -> list[Trial]:
    return [*(plan.dense for plan in plans), *(trial for plan in plans for trial in plan.arms())]


class _Plan:
    """The steps of one seed.

    Args:
        spec: of the study.
        seed: of the trial.
        data: to learn from, if not that of the study.

    """

    def __init__(self, spec: GanLottery, seed: int, data: Mapping[str, str] | None = None) -> None:
        self.spec, self.seed, self.data = spec, seed, dict(data or spec.data)
        self.made: dict[str, Play | CutPart | Score] = {}
        """Every step, by its digest."""
        self.generators, self.discriminators = tuple(generators(spec.preset)), discriminators(spec.preset)
        self.parts = (*self.generators, *self.discriminators)
        self.begin = self._fresh(seed)
        self.other = self._fresh(derive_seed(seed, "other") % 2**31)
        self.looks = tuple(sorted({self._step(number / spec.looks) for number in range(1, spec.looks)}))
        rewound = {self._step(share) for share in map(_rewound, spec.arms) if share}
        self.dense = self.trial(DENSE, 0, {}, self.taken(self.begin), kept=tuple(sorted({*self.looks, *rewound})))

    def arms(self) -> Iterator[Trial]:
        """All but the dense one."""
        for arm in self.spec.arms:
            share = _rewound(arm)
            yield from self.iterative(arm, share=share) if share else ARMS[arm](self)

    def taken(self, game: Play, parts: Sequence[str] = (), at: int | None = None) -> dict[str, Taken]:
        return {part: Taken(game=game.digest(), part=part, at=at) for part in parts or self.parts}

    def trial(
        self,
        arm: str,
        number: int,
        cuts: Mapping[str, CutPart],
        start: Mapping[str, Taken],
        *,
        kept: tuple[int, ...] | None = None,
        steps: int | None = None,
        teacher: Taken | None = None,
    ) -> Trial:
        spec = self.spec
        play = self._played(
            self.seed,
            spec.length if steps is None else steps,
            start=dict(start),
            masks={part: cut.digest() for part, cut in cuts.items()},
            teacher=teacher,
            kept=self.looks if kept is None else kept,
        )
        score = Score(
            of=play.digest(),
            preset=spec.preset,
            real={part: self.data[kind] for part, kind in generators(spec.preset).items()},
            given=spec.given,
            side=spec.side,
            features=spec.features,
            metrics=spec.metrics,
            samples=spec.samples,
            kept=tuple(step for step in self.looks if steps is None or step < steps),
            seed=self.seed,
        )
        self._note(score)
        sparsity = spec.sparsity(number)
        return Trial(arm=arm, seed=self.seed, round=number, sparsity=sparsity, cuts=dict(cuts), play=play, score=score)

    def cut(
        self, weights: Taken, sparsity: float, before: CutPart | None = None, pruner: str | None = None, seed: int = 0
    ) -> CutPart:
        made = CutPart(
            weights=weights,
            before=before.digest() if before else "",
            pruner=pruner or self.spec.pruner,
            sparsity=sparsity,
            seed=seed,
        )
        self._note(made)
        return made

    def iterative(self, arm: str, *, both: bool = False, taught: bool = False, share: float = 0.0) -> Iterator[Trial]:
        spec, parts = self.spec, self.parts if both else self.generators
        back = self._step(share) if share else None
        start = self.taken(self.dense.play, at=back) if back else self.taken(self.begin)
        teacher = self.taken(self.dense.play)[self.discriminators[0]] if taught else None
        last, cuts = self.dense, dict[str, CutPart]()
        for number in self.rounds:
            ranked = self.taken(last.play, parts)
            cuts = {part: self.cut(ranked[part], spec.sparsity(number), cuts.get(part)) for part in parts}
            last = self.trial(arm, number, cuts, start, steps=spec.length - back if back else None, teacher=teacher)
            yield last

    def random(self) -> Iterator[Trial]:
        cuts, weights = dict[str, CutPart](), self.taken(self.begin)
        for number in self.rounds:
            sparsity = self.spec.sparsity(number)
            seeds = {part: derive_seed(self.seed, "random", part, number) for part in self.generators}
            cuts = {
                part: self.cut(weights[part], sparsity, cuts.get(part), "uniform-random", seed) for part, seed in seeds.items()
            }
            yield self.trial("random", number, cuts, weights)

    def masked(self, arm: str, start: Mapping[str, Taken], masks: Iterator[Trial] | None = None) -> Iterator[Trial]:
        """The masks of imp-g, on other weights."""
        for found in masks or self.iterative("imp-g"):
            yield self.trial(arm, found.round, found.cuts, start)

    def one_shot(self) -> Iterator[Trial]:
        ranked = self.taken(self.dense.play, self.generators)
        for number in self.rounds:
            cuts = {part: self.cut(weights, self.spec.sparsity(number)) for part, weights in ranked.items()}
            yield self.trial("one-shot", number, cuts, self.taken(self.begin))

    def fine_tuned(self) -> Iterator[Trial]:
        last, cuts = self.dense, dict[str, CutPart]()
        for number in self.rounds:
            weights = self.taken(last.play)
            cuts = {part: self.cut(weights[part], self.spec.sparsity(number), cuts.get(part)) for part in self.generators}
            last = self.trial("fine-tuned", number, cuts, weights)
            yield last

    def erk(self) -> Iterator[Trial]:
        weights = self.taken(self.begin)
        seeds = {part: derive_seed(self.seed, "erk", part) for part in self.parts}
        half = {part: self.cut(weights[part], _BALANCED, None, "erk", seeds[part]) for part in self.discriminators}
        for number in self.rounds:
            sparsity = self.spec.sparsity(number)
            cuts = {part: self.cut(weights[part], sparsity, None, "erk", seeds[part]) for part in self.generators}
            yield self.trial("erk", number, {**cuts, **half}, weights)

    def other_discriminator(self) -> Iterator[Trial]:
        start = {**self.taken(self.begin, self.generators), **self.taken(self.other, self.discriminators)}
        return self.masked("other-discriminator", start)

    def trained_discriminator(self) -> Iterator[Trial]:
        start = {**self.taken(self.begin, self.generators), **self.taken(self.dense.play, self.discriminators)}
        return self.masked("trained-discriminator", start)

    def transferred(self) -> Iterator[Trial]:
        elsewhere = _Plan(self.spec, self.seed, self.spec.elsewhere)
        yield from self.masked("transferred", self.taken(self.begin), elsewhere.iterative("imp-g"))
        self.made |= elsewhere.made

    @property
    def rounds(self) -> range:
        return range(1, self.spec.rounds + 1)

    def _fresh(self, seed: int) -> Play:
        return self._played(seed, 0)

    def _played(self, seed: int, steps: int, **fields: Any) -> Play:
        spec = self.spec
        settings = {**spec.settings, "training": {**spec.settings["training"], "steps": steps, "seed": seed}}
        made = Play(preset=spec.preset, data=self.data, settings=settings, **fields)
        self._note(made)
        return made

    def _note(self, step: Play | CutPart | Score) -> None:
        self.made[step.digest()] = step

    def _step(self, share: float) -> int:
        return max(1, round(share * self.spec.length))


ARMS: Mapping[str, Callable[[_Plan], Iterator[Trial]]] = {
    "imp-g": lambda plan: plan.iterative("imp-g"),
    "imp-gd": lambda plan: plan.iterative("imp-gd", both=True),
    "imp-gd-kd": lambda plan: plan.iterative("imp-gd-kd", both=True, taught=True),
    "random": _Plan.random,
    "random-ticket": lambda plan: plan.masked("random-ticket", plan.taken(plan.other)),
    "one-shot": _Plan.one_shot,
    "fine-tuned": _Plan.fine_tuned,
    "erk": _Plan.erk,
    "other-discriminator": _Plan.other_discriminator,
    "trained-discriminator": _Plan.trained_discriminator,
    "transferred": _Plan.transferred,
}


def _rewound(arm: str) -> float:
    """The share of training that an arm goes back to; 0 for other arms."""
    kind, _, percent = arm.rpartition("-")
    return int(percent) / 100 if kind == "rewound" and percent.isdigit() and 0 < int(percent) < 100 else 0.0
