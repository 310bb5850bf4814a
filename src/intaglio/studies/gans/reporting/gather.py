"""From the folder of a study of tickets in GANs to what its report says."""

from intaglio.storage.manifest import weights_path
from intaglio.studies.claims import Verdict
from intaglio.studies.gans.definition import GanDefinition, GanStudy
from intaglio.studies.gans.findings import GanFindings, curve_of, findings
from intaglio.studies.gans.lottery import trials
from intaglio.studies.gans.places import part_of
from intaglio.studies.gans.plan import GanLottery
from intaglio.studies.gans.reporting.facts import Account, GanReport, Winner
from intaglio.studies.gans.reporting.paces import paces_of
from intaglio.studies.layers import LayerShares, layer_shares
from intaglio.studies.levels import Level
from intaglio.studies.reporting.winners import winning
from intaglio.studies.sources import Sources
from intaglio.studies.workspace import Workspace


def gather(study: GanStudy, definition: GanDefinition, workspace: Workspace) -> GanReport:
    """What is known so far; folders of tickets are added by who makes them."""
    accounts, waiting = [], []
    for preset, lottery in study.lotteries.items():
        found = findings(lottery, workspace)
        if not found:
            waiting.append(preset)
        accounts += [
            _account(preset if len(found) == 1 else f"{preset}, {part}", lottery, one, definition, workspace)
            for part, one in found.items()
        ]
    kinds = Sources.kinds(workspace)
    return GanReport.of(study, definition, workspace, accounts=tuple(accounts), waiting=tuple(waiting), kinds=kinds)


def _account(label: str, lottery: GanLottery, found: GanFindings, definition: GanDefinition, workspace: Workspace) -> Account:
    return Account(
        label=label,
        lottery=lottery,
        findings=found,
        published=tuple(
            one for one in definition.published if (one.preset, one.generator) == (lottery.preset, found.generator)
        ),
        verdicts=tuple(Verdict(text=claim.text, holds=claim.holds(found)) for claim in definition.claims),
        layers=_layers(lottery, found.generator, workspace),
        winners=tuple(
            _winner(title, level, lottery, found.generator, workspace) for title, level in winning(found.last, lottery.arms)
        ),
        paces=paces_of(lottery, found.generator, workspace),
    )


def _layers(lottery: GanLottery, part: str, workspace: Workspace) -> tuple[LayerShares, ...]:
    """Of the first arm."""
    arm = lottery.arms[0]
    cuts: dict[int, list[str]] = {}
    for trial in trials(lottery):
        if trial.arm == arm and part in trial.cuts:
            cuts.setdefault(trial.round, []).append(trial.cuts[part].digest())
    done = ([workspace.result(cut) for cut in cuts[number]] for number in sorted(cuts))
    return layer_shares(arm, ([result for result in results if result is not None] for results in done))


def _winner(title: str, level: Level, lottery: GanLottery, part: str, workspace: Workspace) -> Winner:
    """Of the first seed that is done."""
    seed = min(level.errors)
    trial = next(one for one in trials(lottery) if (one.arm, one.round, one.seed) == (level.arm, level.round, seed))
    step = trial.play.digest()
    return Winner(
        title=title,
        arm=level.arm,
        round=level.round,
        seed=seed,
        sparsity=level.sparsity,
        step=step,
        curve=tuple(curve_of(lottery, trial, part, workspace)),
        bytes=weights_path(part_of(workspace, step, part)).stat().st_size,
    )
