"""The arms of a study of tickets in a GAN, as steps (Chen et al., GANs Can Play Lottery Tickets Too, ICLR 2021).

Every arm plays a masked or narrower game and judges the pictures of its generators. Arms differ in where masks come from and in
what the game begins with; what is ranked are the weights that the round before ended with.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intaglio.studies.gans.games import discriminators, generators
from intaglio.studies.gans.plan import GanLottery, rewound
from intaglio.studies.gans.steps import CutPart, Narrow, Play, Score, Taken
from intaglio.vocabulary.catalog import Catalog
from intaglio.vocabulary.seeds import derive_seed
from intaglio.vocabulary.spec import Spec

DENSE = "dense"
_BALANCED = 0.5


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A game that is played and judged."""

    arm: str
    seed: int
    round: int
    sparsity: float
    """Of the weights of each generator that may be pruned."""
    cuts: Mapping[str, CutPart | Narrow]
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
        self.made: dict[str, Play | CutPart | Narrow | Score] = {}
        """Every step, by its digest."""
        self.generators, self.discriminators = tuple(generators(spec.preset)), discriminators(spec.preset)
        self.parts = (*self.generators, *self.discriminators)
        self.begin = self._fresh(seed)
        self.other = self._fresh(derive_seed(seed, "other") % 2**31)
        self.looks = tuple(sorted({self._step(number / spec.looks) for number in range(1, spec.looks)}))
        early = {self._step(share) for share in map(rewound, spec.arms) if share}
        self.dense = self.trial(DENSE, 0, {}, self.taken(self.begin), kept=tuple(sorted({*self.looks, *early})))

    def arms(self) -> Iterator[Trial]:
        """All but the dense one."""
        for arm in self.spec.arms:
            share = rewound(arm)
            yield from self.iterative(arm, share=share) if share else _ARMS[arm](self)

    def taken(self, game: Play, parts: Sequence[str] = (), at: int | None = None) -> dict[str, Taken]:
        return {part: Taken(game=game.digest(), part=part, at=at) for part in parts or self.parts}

    def trial(
        self,
        arm: str,
        number: int,
        cuts: Mapping[str, CutPart | Narrow],
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
            masks={part: cut.digest() for part, cut in cuts.items() if isinstance(cut, CutPart)},
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

    def narrowed(self, arm: str, *, random: bool = False) -> Iterator[Trial]:
        spec = self.spec
        slimmed = self._played(self.seed, spec.length, start=self.taken(self.begin), slim=spec.slim)
        for number in self.rounds:
            left: dict[str, CutPart | Narrow] = {}
            for part in self.generators:
                seed = derive_seed(self.seed, "random-channels", part) if random else None
                made = left[part] = Narrow(slimmed=slimmed.digest(), part=part, keep=1 - spec.sparsity(number), random=seed)
                self._note(made)
            narrow = {part: Taken(game=one.digest(), part=part) for part, one in left.items()}
            yield self.trial(arm, number, left, {**narrow, **self.taken(self.begin, self.discriminators)})

    @property
    def rounds(self) -> range:
        return range(1, self.spec.rounds + 1)

    def _fresh(self, seed: int) -> Play:
        return self._played(seed, 0)

    def _played(self, seed: int, steps: int, *, slim: float = 0.0, **fields: Any) -> Play:
        spec = self.spec
        settings = {**spec.settings, "training": {**spec.settings["training"], "steps": steps, "seed": seed}}
        if slim:
            settings["slim"] = {"generator": slim}
        made = Play(preset=spec.preset, data=self.data, settings=settings, **fields)
        self._note(made)
        return made

    def _note(self, step: Play | CutPart | Narrow | Score) -> None:
        self.made[step.digest()] = step

    def _step(self, share: float) -> int:
        return max(1, round(share * self.spec.length))


_ARMS: Catalog[Callable[[_Plan], Iterator[Trial]]] = Catalog(
    "arm",
    {
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
        "channels": lambda plan: plan.narrowed("channels"),
        "random-channels": lambda plan: plan.narrowed("random-channels", random=True),
    }.items(),
)
