"""Studies of smaller style networks in words and tables: the question, and what was found."""

from collections.abc import Mapping, Sequence

from intaglio.studies.claims import Claim
from intaglio.studies.compression.findings import CompressionFindings, Outcome, findings
from intaglio.studies.compression.plan import CompressionPlan
from intaglio.studies.compression.published import Votes
from intaglio.studies.definition import Definition
from intaglio.studies.telling import Facts, Table, Telling
from intaglio.studies.workspace import Workspace


def tell_question(
    definition: Definition,
    question: Mapping[str, Sequence[object]],
    published: Sequence[Votes],
    claims: Sequence[Claim[CompressionFindings]],
) -> Telling:
    """What is compared, and what papers say."""
    document = {
        "name": definition.name,
        "title": definition.title,
        "source": definition.source,
        **{name: list(values) for name, values in question.items()},
        "published": [one.model_dump(mode="json") for one in published],
        "claims": [claim.text for claim in claims],
    }
    shown: list[Table | Facts | str] = [
        Facts([("study", f"{definition.name}: {definition.title}"), ("source", definition.source)]),
        Facts([(f"  {name}", ", ".join(map(str, values))) for name, values in question.items()]),
        "\nin papers",
        Table(
            columns=["network", "", "liked best by", ""],
            rows=[[one.network, one.kind, f"{one.best:g} %", one.where] for one in published],
            numbers=["liked best by"],
        ),
    ]
    return Telling(document=document, shown=[*shown, *(f"- {claim.text}" for claim in claims)])


def tell_findings(plans: Mapping[str, CompressionPlan], workspace: Workspace) -> Telling:
    """What was found so far."""
    found = {label: findings(plan, workspace) for label, plan in plans.items()}
    shown: list[Table | Facts | str] = []
    for label, one in found.items():
        if one is None:
            shown.append(f"{label}: nothing is judged yet")
            continue
        told = f"{one.missing} networks to go" if one.missing else "complete"
        large = [("  large", one.error.told(".3f"))]
        if one.trained_on:
            large.append(("  large, trained on", one.trained_on.told(".3f")))
        numbers = ["speedup", "error", "times the large one's", "content", "style"]
        rows = [outcome_row(outcome) for arm in one.arms() for outcome in one.of(arm)]
        shown += [
            Facts([(label, told), *large]),
            "",
            Table(columns=["arm", *numbers], rows=rows, numbers=numbers),
            "",
        ]
    return Telling(document={label: one.model_dump(mode="json") if one else None for label, one in found.items()}, shown=shown)


def outcome_row(one: Outcome) -> list[str]:
    """Arm, speedup, errors, as tables have them."""
    errors = [spread.told(form) for spread, form in ((one.error, ".3f"), (one.times, ".2f"))]
    return [one.arm, f"{one.speedup.mean:.2f}x", *errors, one.content.told(".3f"), one.style.told(".3f")]
