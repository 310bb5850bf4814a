"""Studies of structured pruning in words and tables: the question, and what was found."""

from collections.abc import Mapping, Sequence

from intaglio.studies.claims import Claim
from intaglio.studies.definition import Definition
from intaglio.studies.spread import Spread
from intaglio.studies.structured.findings import Outcome, PruningFindings, findings
from intaglio.studies.structured.plan import PruningPlan
from intaglio.studies.structured.published import Loss
from intaglio.studies.telling import Facts, Table, Telling
from intaglio.studies.workspace import Workspace


def tell_question(
    definition: Definition,
    question: Mapping[str, Sequence[object]],
    published: Sequence[Loss],
    claims: Sequence[Claim[PruningFindings]],
) -> Telling:
    """What is compared, and what papers say."""
    shown: list[Table | Facts | str] = [
        Facts([("study", f"{definition.name}: {definition.title}"), ("source", definition.source)]),
        Facts([(f"  {name}", ", ".join(map(str, values))) for name, values in question.items()]),
        "\nin papers",
        Table(
            columns=["method", "network", "data", "speedup", "lost", "of", ""],
            rows=[
                [one.method, one.network, one.data, _known(one.speedup, "x"), _known(one.lost), one.measure, one.where]
                for one in published
            ],
            numbers=["speedup", "lost"],
        ),
    ]
    document = {
        "name": definition.name,
        "title": definition.title,
        "source": definition.source,
        **{name: list(values) for name, values in question.items()},
        "published": [one.model_dump(mode="json") for one in published],
        "claims": [claim.text for claim in claims],
    }
    return Telling(document=document, shown=[*shown, *(f"- {claim.text}" for claim in claims)])


def tell_findings(plans: Mapping[str, PruningPlan], workspace: Workspace) -> Telling:
    """What was found so far."""
    found = {label: findings(plan, workspace) for label, plan in plans.items()}
    shown: list[Table | Facts | str] = []
    for label, one in found.items():
        if one is None:
            shown.append(f"{label}: nothing has learned yet")
            continue
        numbers = ["speedup", "at the cut", "trained on", "points lost", "recovered"]
        rows = [outcome_row(outcome) for arm in one.arms() for outcome in one.of(arm)]
        told = f"{one.missing} prunings to go" if one.missing else "complete"
        dense = [("  dense", percent(one.accuracy))]
        if one.trained_on:
            dense.append(("  dense, trained on", percent(one.trained_on)))
        shown += [
            Facts([(label, told), *dense]),
            "",
            Table(columns=["method", *numbers], rows=rows, numbers=numbers),
            "",
        ]
    return Telling(document={label: one.model_dump(mode="json") if one else None for label, one in found.items()}, shown=shown)


def outcome_row(one: Outcome) -> list[str]:
    """Method, speedup, accuracies, points lost and groups recovered, as tables have them."""
    return [
        one.arm,
        f"{one.speedup.mean:.2f}x",
        percent(one.cut),
        percent(one.retrained),
        one.lost.told("+.2f"),
        one.recovered.told(".4g"),
    ]


def percent(accuracy: Spread) -> str:
    """An accuracy: "81.2 [80.9, 81.6] %"."""
    scaled = Spread(mean=100 * accuracy.mean, low=100 * accuracy.low, high=100 * accuracy.high)
    return f"{scaled.told('.1f')} %"


def _known(value: float | None, unit: str = "") -> str:
    return "?" if value is None else f"{value:g}{unit}"
