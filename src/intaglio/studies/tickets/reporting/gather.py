"""From a study's folder to what its report says."""

from statistics import fmean

from intaglio.studies.claims import Verdict
from intaglio.studies.levels import Findings, Level
from intaglio.studies.sources import Sources
from intaglio.studies.tickets.definition import LotteryStudy, TicketDefinition
from intaglio.studies.tickets.findings import findings
from intaglio.studies.tickets.lottery import LotterySpec, trials
from intaglio.studies.tickets.reporting.facts import Account, LayerShares, Report, Winner
from intaglio.studies.tickets.steps import Cut
from intaglio.studies.workspace import Workspace


def gather(study: LotteryStudy, definition: TicketDefinition, workspace: Workspace) -> Report:
    """What is known so far; pictures, files and speed are added by those who make them."""
    accounts, waiting = [], []
    for label, lottery in study.lotteries.items():
        found = findings(lottery, workspace)
        if found is None:
            waiting.append(label)
        else:
            accounts.append(_account(label, lottery, found, definition, workspace))
    return Report.of(
        study, definition, workspace, accounts=tuple(accounts), waiting=tuple(waiting), kinds=Sources.kinds(workspace.folder)
    )


def _account(label: str, lottery: LotterySpec, found: Findings, definition: TicketDefinition, workspace: Workspace) -> Account:
    return Account(
        label=label,
        lottery=lottery,
        findings=found,
        published=tuple(one for one in definition.published if one.network == lottery.network and one.arm in lottery.arms),
        verdicts=tuple(Verdict(text=claim.text, holds=claim.holds(found)) for claim in definition.claims),
        layers=tuple(_layers(lottery, workspace)),
        winners=tuple(_winners(lottery, found)),
    )


def _layers(lottery: LotterySpec, workspace: Workspace) -> list[LayerShares]:
    """Of the first arm, as many rounds as every seed that has begun it has done."""
    kept: dict[str, list[list[float]]] = {}
    facts: dict[str, tuple[str, int]] = {}
    cuts: dict[int, list[Cut]] = {}
    for trial in trials(lottery):
        if trial.arm == lottery.arms[0] and trial.cut is not None:
            cuts.setdefault(trial.round, []).append(trial.cut)
    for number in sorted(cuts):
        results = [result for cut in cuts[number] if (result := workspace.result(cut.digest())) is not None]
        if not results:
            break
        for name, layer in results[0]["layers"].items():
            facts[name] = layer["part"], layer["weights"]
            kept.setdefault(name, []).append([one["layers"][name]["kept"] / one["layers"][name]["weights"] for one in results])
    return [
        LayerShares(name=name, part=part, weights=weights, kept=tuple(fmean(shares) for shares in kept[name]))
        for name, (part, weights) in facts.items()
    ]


def _winners(lottery: LotterySpec, found: Findings) -> list[Winner]:
    """The dense network; the best and the sparsest matching ticket of the first arm; the other arms at that sparsity.

    Where nothing matches, the others are shown at the first arm's last round.
    """
    first = lottery.arms[0]
    best, extreme = found.best(first), found.extreme(first)
    last = max(found.of(first), key=lambda level: level.round, default=None)
    shown: list[tuple[str, Level]] = [("dense", found.dense)]
    if best is not None and best.round:
        shown.append((f"best of {first}", best))
    if extreme is not None and extreme is not best:
        shown.append((f"sparsest match of {first}", extreme))
    if extreme is None and last is not None and last is not best:
        shown.append((f"sparsest of {first}", last))
    beside = extreme or last
    for arm in lottery.arms[1:]:
        at = found.at(arm, beside.round) if beside else None
        if at is not None:
            shown.append((arm, at))
    if best is not None and not best.round:
        shown.append((first, best))
    return [_winner(title, level, lottery) for title, level in shown]


def _winner(title: str, level: Level, lottery: LotterySpec) -> Winner:
    """Of the first seed that is done."""
    seed = min(level.errors)
    trial = next(one for one in trials(lottery) if (one.arm, one.round, one.seed) == (level.arm, level.round, seed))
    return Winner(title=title, arm=level.arm, round=level.round, seed=seed, sparsity=level.sparsity, step=trial.train.digest())
