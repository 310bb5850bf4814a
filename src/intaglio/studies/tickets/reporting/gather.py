"""From a study's folder to what its report says."""

from intaglio.studies.claims import Verdict
from intaglio.studies.layers import LayerShares, layer_shares
from intaglio.studies.levels import Findings, Level
from intaglio.studies.reporting.winners import winning
from intaglio.studies.sources import Sources
from intaglio.studies.tickets.definition import LotteryStudy, TicketDefinition
from intaglio.studies.tickets.findings import findings
from intaglio.studies.tickets.lottery import LotterySpec, trials
from intaglio.studies.tickets.reporting.facts import Account, Report, Winner
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
        study, definition, workspace, accounts=tuple(accounts), waiting=tuple(waiting), kinds=Sources.kinds(workspace)
    )


def _account(label: str, lottery: LotterySpec, found: Findings, definition: TicketDefinition, workspace: Workspace) -> Account:
    return Account(
        label=label,
        lottery=lottery,
        findings=found,
        published=tuple(one for one in definition.published if one.network == lottery.network and one.arm in lottery.arms),
        verdicts=tuple(Verdict(text=claim.text, holds=claim.holds(found)) for claim in definition.claims),
        layers=_layers(lottery, workspace),
        winners=tuple(_winner(title, level, lottery) for title, level in winning(found, lottery.arms)),
    )


def _layers(lottery: LotterySpec, workspace: Workspace) -> tuple[LayerShares, ...]:
    """Of the first arm."""
    arm = lottery.arms[0]
    cuts: dict[int, list[Cut]] = {}
    for trial in trials(lottery):
        if trial.arm == arm and trial.cut is not None:
            cuts.setdefault(trial.round, []).append(trial.cut)
    done = ([workspace.result(cut.digest()) for cut in cuts[number]] for number in sorted(cuts))
    return layer_shares(arm, ([result for result in results if result is not None] for results in done))


def _winner(title: str, level: Level, lottery: LotterySpec) -> Winner:
    """Of the first seed that is done."""
    seed = min(level.errors)
    trial = next(one for one in trials(lottery) if (one.arm, one.round, one.seed) == (level.arm, level.round, seed))
    return Winner(title=title, arm=level.arm, round=level.round, seed=seed, sparsity=level.sparsity, step=trial.train.digest())
