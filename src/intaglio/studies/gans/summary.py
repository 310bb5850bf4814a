"""Studies of tickets in GANs in words and tables: the question, and what was found."""

from collections.abc import Mapping, Sequence

from intaglio.studies.claims import Claim
from intaglio.studies.definition import Definition
from intaglio.studies.gans.findings import GanFindings, findings
from intaglio.studies.gans.plan import GanLottery, tell_arm
from intaglio.studies.gans.published import PublishedCurve
from intaglio.studies.levels import Level
from intaglio.studies.telling import Facts, Table, Telling
from intaglio.studies.workspace import Workspace


def tell_question(
    definition: Definition, arms: Sequence[str], published: Sequence[PublishedCurve], claims: Sequence[Claim[GanFindings]]
) -> Telling:
    """What is compared, and what the paper says."""
    document = {
        "name": definition.name,
        "title": definition.title,
        "source": definition.source,
        "networks": list(definition.networks),
        "arms": list(arms),
        "published": [one.model_dump(mode="json") for one in published],
        "claims": [claim.text for claim in claims],
    }
    shown: list[Table | Facts | str] = [
        Facts([("study", f"{definition.name}: {definition.title}"), ("source", definition.source)]),
        Facts([("  networks", ", ".join(definition.networks)), *((f"  {arm}", tell_arm(arm)) for arm in arms)]),
    ]
    if published:
        numbers = ["dense", "best", "sparsest match"]
        rows = [
            [one.task, one.arm, f"{one.dense:g}", f"{min(one.scores.values()):g}", f"{one.extreme:.1%}", one.where]
            for one in published
        ]
        shown += ["\nin the paper", Table(columns=["task", "arm", *numbers, ""], rows=rows, numbers=numbers)]
    return Telling(document=document, shown=[*shown, *(f"- {claim.text}" for claim in claims)])


def tell_findings(lotteries: Mapping[str, GanLottery], workspace: Workspace) -> Telling:
    """What was found so far."""
    document: dict[str, object] = {}
    shown: list[Table | Facts | str] = []
    for label, lottery in lotteries.items():
        found = findings(lottery, workspace)
        document[label] = {part: one.model_dump(mode="json") for part, one in found.items()}
        if not found:
            shown.append(f"{label}: nothing is judged yet")
        for part, one in found.items():
            numbers = ["sparsity", one.measure, "at its best", "from dense"]
            missing = one.last.missing
            shown += [
                Facts([(f"{label}, {part}", f"{missing} games to go" if missing else "complete"), *_extremes(one)]),
                "",
                Table(columns=["arm", *numbers, "matches"], rows=rows_of(one), numbers=numbers),
                "",
            ]
    return Telling(document=document, shown=shown)


def rows_of(found: GanFindings) -> list[list[str]]:
    """Arm, sparsity, score in the end, at its best, from dense, and whether it matches, as tables have them."""
    levels = [found.last.dense, *(level for arm in found.last.arms() for level in found.last.of(arm))]
    return [_row(level, found) for level in levels]


def _row(level: Level, found: GanFindings) -> list[str]:
    best = found.best.at(level.arm, level.round) if level.round else found.best.dense
    difference = level.difference
    spread = "" if difference.low is None else f" [{difference.low:+.2f}, {difference.high:+.2f}]"
    told = [f"{difference.mean:+.2f}{spread}", "yes" if level.matches else "no"] if level.round else ["", ""]
    return [level.arm, f"{level.sparsity:.1%}", f"{level.error.mean:.2f}", f"{best.error.mean:.2f}" if best else "", *told]


def _extremes(found: GanFindings) -> list[tuple[str, str]]:
    told = []
    for arm in found.last.arms():
        extreme = found.last.extreme(arm)
        told.append((f"  {arm}", f"sparsest that matches {extreme.sparsity:.1%}" if extreme else "none matches"))
    return told
