"""From the folder of a study of smaller style networks to what its report says."""

from collections.abc import Iterator
from functools import partial

import torch

from intaglio.images.whole import read_whole
from intaglio.metrics.latency import medians_in_turns
from intaglio.runtime.hardware import describe_hardware
from intaglio.samples import CONTENT, PAINTING
from intaglio.storage.artifact import from_pretrained
from intaglio.studies.action import network_of
from intaglio.studies.claims import Verdict
from intaglio.studies.compression.definition import CompressionDefinition, CompressionStudy
from intaglio.studies.compression.findings import findings
from intaglio.studies.compression.plan import CompressionPlan
from intaglio.studies.compression.reporting.facts import Account, CompressionReport, Exhibit, Pace, Paces
from intaglio.studies.compression.trials import Trial, control, dense, trials
from intaglio.studies.sources import Sources
from intaglio.studies.workspace import Workspace
from intaglio.stylizing.stylize import stylize

_TURNS = 7


def gather(study: CompressionStudy, definition: CompressionDefinition, workspace: Workspace) -> CompressionReport:
    """What is known so far; pictures are added by those who make them."""
    accounts, waiting = [], []
    for label, plan in study.plans.items():
        found = findings(plan, workspace)
        if found is None:
            waiting.append(label)
            continue
        accounts.append(
            Account(
                label=label,
                plan=plan,
                findings=found,
                exhibits=tuple(_exhibits(plan, workspace)),
                published=tuple(one for one in definition.published if one.network == plan.network),
                verdicts=tuple(Verdict(text=claim.text, holds=claim.holds(found)) for claim in definition.claims),
                paces=_paces(plan, workspace),
            )
        )
    kinds = Sources.kinds(workspace)
    return CompressionReport.of(study, definition, workspace, accounts=tuple(accounts), waiting=tuple(waiting), kinds=kinds)


def _exhibits(plan: CompressionPlan, workspace: Workspace) -> Iterator[Exhibit]:
    """The large networks, and every arm at the highest speedup; of the first seed."""
    seed, highest = plan.seeds[0], max(plan.speedups)
    for title, one in (("large", dense(plan, seed)), ("large, trained on", control(plan, seed))):
        if workspace.result(one.made.digest()) is not None:
            yield Exhibit(title=title, remark=f"seed {seed}", step=one.made.digest())
    for trial in _done(plan, workspace):
        if (trial.seed, trial.speedup) == (seed, highest):
            yield Exhibit(title=trial.arm, remark=f"{highest:g} times, seed {seed}", step=trial.made.digest())


def _paces(plan: CompressionPlan, workspace: Workspace) -> Paces | None:
    """One network of each size: all arms leave the same widths. None while there are none."""
    sizes: dict[float, Trial] = {}
    for trial in _done(plan, workspace):
        sizes.setdefault(trial.speedup, trial)
    if not sizes:
        return None
    large = dense(plan, plan.seeds[0]).made.digest()
    named = [("large", 1.0, large)]
    for asked, trial in sorted(sizes.items()):
        result = workspace.result(trial.made.digest())
        assert result is not None
        named.append((f"{asked:g} times", result["speedup"], trial.made.digest()))
    content, style = read_whole(CONTENT), read_whole(PAINTING)
    networks = [from_pretrained(network_of(workspace, step)) for _, _, step in named]
    runs = [partial(stylize, content, style, model=network, device="cpu") for network in networks]
    seconds = medians_in_turns(runs, _TURNS)
    return Paces(
        networks=tuple(
            Pace(title=title, speedup=speedup, seconds=taken) for (title, speedup, _), taken in zip(named, seconds, strict=True)
        ),
        picture=f"{content.shape[1]} x {content.shape[0]} pixels",
        turns=_TURNS,
        hardware=describe_hardware(torch.device("cpu")),
    )


def _done(plan: CompressionPlan, workspace: Workspace) -> Iterator[Trial]:
    return (trial for trial in trials(plan) if workspace.result(trial.judge.digest()) is not None)
