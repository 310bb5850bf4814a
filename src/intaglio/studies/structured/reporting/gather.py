"""From the folder of a study of structured pruning to what its report says."""

from collections.abc import Iterator, Mapping
from statistics import fmean
from typing import Any

from intaglio.studies.claims import Verdict
from intaglio.studies.structured.definition import PruningDefinition, PruningStudy
from intaglio.studies.structured.findings import PruningFindings, findings
from intaglio.studies.structured.plan import PruningPlan
from intaglio.studies.structured.reporting.facts import Account, LayerLoss, PruningReport, Pushes
from intaglio.studies.structured.steps import Learn
from intaglio.studies.structured.trials import Trial, steps, trials
from intaglio.studies.workspace import Workspace

Done = Mapping[tuple[str, float], list[tuple[Trial, Mapping[str, Any]]]]
"""Arm and speedup -> the trials that are done, with their results, by seed."""


def gather(study: PruningStudy, definition: PruningDefinition, workspace: Workspace) -> PruningReport:
    """What is known so far."""
    accounts, waiting = [], []
    for label, plan in study.plans.items():
        found = findings(plan, workspace)
        if found is None:
            waiting.append(label)
        else:
            accounts.append(_account(label, plan, found, definition, workspace))
    return PruningReport.of(study, definition, workspace, accounts=tuple(accounts), waiting=tuple(waiting))


def _account(
    label: str, plan: PruningPlan, found: PruningFindings, definition: PruningDefinition, workspace: Workspace
) -> Account:
    done: dict[tuple[str, float], list[tuple[Trial, Mapping[str, Any]]]] = {}
    for trial in trials(plan):
        result = workspace.result(trial.prune.digest())
        if result is not None:
            done.setdefault((trial.arm, trial.speedup), []).append((trial, result))
    return Account(
        label=label,
        plan=plan,
        findings=found,
        layers=tuple(_layers(done)),
        pushes=tuple(_pushes(done)),
        published=tuple(one for one in definition.published if one.method in plan.methods),
        verdicts=tuple(Verdict(text=claim.text, holds=claim.holds(found)) for claim in definition.claims),
        pictures=_pictures(plan, workspace),
    )


def _pictures(plan: PruningPlan, workspace: Workspace) -> dict[str, int]:
    """As the networks that learned from them say."""
    found: dict[str, int] = {}
    for step in steps(plan):
        result = workspace.result(step.digest())
        if isinstance(step, Learn) and result is not None:
            found |= {step.data: result["learned_from"], step.test: result["judged_on"]}
    return found


def _layers(done: Done) -> Iterator[LayerLoss]:
    for (arm, speedup), found in done.items():
        results = [result for _, result in found]
        for layer, cost in results[0]["costs"].items():
            fates = [result["layers"].get(layer, {}) for result in results]
            yield LayerLoss(
                arm=arm,
                asked=speedup,
                layer=layer,
                groups=fates[0].get("groups", 0),
                gone=fmean(one.get("gone", 0) for one in fates),
                recovered=fmean(one.get("recovered", 0) for one in fates),
                pushed=max(one.get("pushed", 0.0) for one in fates),
                macs=cost["before"],
                left=fmean(result["costs"][layer]["after"] / result["costs"][layer]["before"] for result in results),
            )


def _pushes(done: Done) -> Iterator[Pushes]:
    """Of each arm that pushes more than once, of its first seed.

    All show the same layer at the same speedup: where most groups recovered, over all arms.
    """
    shown = {key: found[0] for key, found in done.items() if _takes_time(found[0][0])}
    recovered: dict[tuple[float, str], int] = {}
    for (_, speedup), (_, result) in shown.items():
        for layer, fates in result["layers"].items():
            recovered[speedup, layer] = recovered.get((speedup, layer), 0) + fates["recovered"]
    if not recovered:
        return
    asked, layer = max(recovered, key=lambda place: recovered[place])
    for (arm, speedup), (trial, _) in shown.items():
        if speedup == asked:
            step = trial.prune.digest()
            yield Pushes(arm=arm, method=trial.method, asked=asked, seed=trial.seed, layer=layer, step=step)


def _takes_time(trial: Trial) -> bool:
    return trial.prune.pruning.steps > 1
