"""What a study of tickets in GANs found: scores over seeds, in the end of training and at its best, generator by generator."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from intaglio.metrics.catalog import SET_METRICS
from intaglio.studies.gans.games import generators
from intaglio.studies.gans.lottery import DENSE, Trial, trials
from intaglio.studies.gans.plan import GanLottery
from intaglio.studies.levels import Findings, Judged, levels_of
from intaglio.studies.workspace import Workspace
from intaglio.vocabulary.spec import Spec

_Scored = Sequence[tuple[Trial, Mapping[str, Any]]]


class GanFindings(Spec):
    """What is known about one generator of a preset."""

    generator: str
    """Its part in the game."""
    measure: str
    """What the first score is called: "FID[convnet 3f2a91]"."""
    protocol: tuple[str, ...]
    """Of every metric, the score of the first game and all that decides it, a line each."""
    last: Findings
    """By the scores in the end, which decide what matches."""
    best: Findings
    """By the best of each training."""
    others: dict[str, Findings]
    """By the scores of the other metrics in the end, by name."""


def findings(spec: GanLottery, workspace: Workspace) -> dict[str, GanFindings]:
    """What is known so far, by generator; nothing until the first dense game is judged."""
    games = trials(spec)
    scored = [(trial, result) for trial in games if (result := workspace.result(trial.score.digest())) is not None]
    missing = len(games) - len(scored)
    found = {part: _found(spec, part, scored, workspace, missing) for part in generators(spec.preset)}
    return {part: one for part, one in found.items() if one is not None}


def curve_of(spec: GanLottery, trial: Trial, part: str, workspace: Workspace) -> list[tuple[int, float]]:
    """Training steps of a game, and the first score of its generator after them; empty until it is judged."""
    result = workspace.result(trial.score.digest())
    if result is None:
        return []
    end = trial.play.settings["training"]["steps"]
    return [(one["step"] or end, one["scores"][spec.metrics[0]]) for one in result[part]["curve"]]


def _found(spec: GanLottery, part: str, scored: _Scored, workspace: Workspace, missing: int) -> GanFindings | None:
    def levels(score: Callable[[Mapping[str, Any]], float]) -> Findings | None:
        dense, tickets = list[Judged](), list[Judged]()
        for trial, result in scored:
            cut = workspace.result(trial.cuts[part].digest()) if part in trial.cuts else None
            shares = {name: cut[name] for name in ("sparsity", "sparsity_of_parameters")} if cut else {}
            one = Judged(arm=trial.arm, seed=trial.seed, round=trial.round, error=score(result[part]), **shares)
            (dense if trial.arm == DENSE else tickets).append(one)
        return levels_of(spec.preset, dense, tickets, missing)

    first, *others = spec.metrics
    last, best = levels(_last(first)), levels(_best(first))
    if last is None or best is None:
        return None
    _, result = scored[0]
    return GanFindings(
        generator=part,
        measure=result[part]["names"][0],
        protocol=tuple(result[part]["protocol"]),
        last=last,
        best=best,
        others={name: one for name in others if (one := levels(_last(name))) is not None},
    )


def _last(metric: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda found: float(found["curve"][-1]["scores"][metric])


def _best(metric: str) -> Callable[[Mapping[str, Any]], float]:
    choose = min if SET_METRICS[metric].better == "lower" else max
    return lambda found: float(choose(one["scores"][metric] for one in found["curve"]))
