"""Studies of tickets in words and tables: the question, and what was found."""

from collections.abc import Mapping, Sequence

from intaglio.studies.claims import Claim
from intaglio.studies.definition import Definition
from intaglio.studies.levels import Findings, Level
from intaglio.studies.telling import Facts, Table, Telling
from intaglio.studies.tickets.findings import findings
from intaglio.studies.tickets.lottery import LotterySpec
from intaglio.studies.tickets.published import Published
from intaglio.studies.workspace import Workspace


def tell_question(
    definition: Definition, arms: Mapping[str, Sequence[str]], published: Sequence[Published], claims: Sequence[Claim[Findings]]
) -> Telling:
    """What is compared, and what the paper says."""
    shown: list[Table | Facts | str] = [
        Facts([("study", f"{definition.name}: {definition.title}"), ("source", definition.source)]),
        Facts([(f"  {label}", f"dense, {', '.join(one)}") for label, one in arms.items()]),
    ]
    if published:
        numbers = ["dense", "best", "at", "sparsest match"]
        table = Table(columns=["network", "arm", *numbers, ""], rows=[*map(_published, published)], numbers=numbers)
        shown += ["\nin the paper", table]
    document = {
        "name": definition.name,
        "title": definition.title,
        "source": definition.source,
        "lotteries": arms,
        "published": [one.model_dump(mode="json") for one in published],
        "claims": [claim.text for claim in claims],
    }
    return Telling(document=document, shown=[*shown, *(f"- {claim.text}" for claim in claims)])


def _published(one: Published) -> list[str]:
    best = "-" if one.best is None else f"{one.best:.3f}"
    at, extreme = ("-" if share is None else f"{share:.1%}" for share in (one.best_at, one.extreme))
    return [one.network, one.arm, f"{one.dense:.3f}", best, at, extreme, one.table]


def tell_findings(lotteries: Mapping[str, LotterySpec], workspace: Workspace) -> Telling:
    """What was found so far."""
    found = {label: findings(lottery, workspace) for label, lottery in lotteries.items()}
    shown: list[Table | Facts | str] = []
    for label, one in found.items():
        if one is None:
            shown.append(f"{label}: nothing is judged yet")
            continue
        numbers = ["sparsity", "error", "from dense"]
        shown += [
            Table(columns=["arm", *numbers, "matches"], rows=_rows(one), numbers=numbers),
            "",
            Facts([(label, f"{one.missing} networks to go" if one.missing else "complete"), *_summary(one)]),
            "",
        ]
    return Telling(document={label: one.model_dump(mode="json") if one else None for label, one in found.items()}, shown=shown)


def _rows(found: Findings) -> list[list[str]]:
    return [_row(found.dense), *(_row(level) for arm in found.arms() for level in found.of(arm))]


def _row(level: Level) -> list[str]:
    difference = level.difference
    spread = "" if difference.low is None else f" [{difference.low:+.3f}, {difference.high:+.3f}]"
    told = [f"{difference.mean:+.3f}{spread}", "yes" if level.matches else "no"] if level.round or difference.mean else ["", ""]
    return [level.arm, f"{level.sparsity:.1%}", f"{level.error.mean:.3f}", *told]


def _summary(found: Findings) -> list[tuple[str, str]]:
    facts = []
    for arm in found.arms():
        best, extreme = found.best(arm), found.extreme(arm)
        assert best is not None
        sparsest = f"sparsest that matches {extreme.sparsity:.1%}" if extreme else "none matches"
        facts.append((f"  {arm}", f"best {best.error.mean:.3f} at {best.sparsity:.1%}; {sparsest}"))
    return facts
