"""From the folder of a study of smaller style networks to what its report says."""

from collections.abc import Iterator
from functools import partial

from intaglio.images.whole import read_whole
from intaglio.samples import CONTENT, PAINTING
from intaglio.storage.artifact import from_pretrained
from intaglio.studies.action import network_of
from intaglio.studies.claims import Verdict
from intaglio.studies.compression.definition import CompressionDefinition, CompressionStudy
from intaglio.studies.compression.findings import findings
from intaglio.studies.compression.plan import CompressionPlan
from intaglio.studies.compression.reporting.facts import Account, CompressionReport, Exhibit
from intaglio.studies.compression.trials import Trial, control, dense, trials
from intaglio.studies.reporting.paces import Paces, measured
from intaglio.studies.sources import Sources
from intaglio.studies.workspace import Workspace
from intaglio.stylizing.stylize import stylize


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
    timed = [
        (title, speedup, partial(stylize, content, style, model=from_pretrained(network_of(workspace, step)), device="cpu"))
        for title, speedup, step in named
    ]
    return measured(timed, f"A picture of {content.shape[1]} x {content.shape[0]} pixels")


def _done(plan: CompressionPlan, workspace: Workspace) -> Iterator[Trial]:
    return (trial for trial in trials(plan) if workspace.result(trial.judge.digest()) is not None)
