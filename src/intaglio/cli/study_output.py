"""What `intaglio study` prints."""

from typing import TYPE_CHECKING

import typer

from intaglio.cli.output import print_facts, print_json, print_table

if TYPE_CHECKING:
    from intaglio.studies.definition import Definition, Study
    from intaglio.studies.findings import Findings, Level
    from intaglio.studies.published import Published
    from intaglio.studies.workspace import Workspace


def print_definition(definition: "Definition", as_json: bool) -> None:
    """The question: what is compared, and what the paper says."""
    arms = {label: fields["arms"] for name in definition.networks for label, fields in definition.variants(name).items()}
    if as_json:
        published = [one.model_dump(mode="json") for one in definition.published]
        claims = [claim.text for claim in definition.claims]
        facts = {"name": definition.name, "title": definition.title, "source": definition.source}
        print_json({**facts, "lotteries": arms, "published": published, "claims": claims})
        return
    print_facts([("study", f"{definition.name}: {definition.title}"), ("source", definition.source)])
    print_facts([(f"  {label}", f"dense, {', '.join(one)}") for label, one in arms.items()])
    if definition.published:
        numbers = ["dense", "best", "at", "sparsest match"]
        typer.echo("\nin the paper")
        print_table(["network", "arm", *numbers, ""], map(_published, definition.published), numbers=numbers)
    for claim in definition.claims:
        typer.echo(f"- {claim.text}")


def _published(one: "Published") -> list[str]:
    best = "-" if one.best is None else f"{one.best:.3f}"
    at, extreme = ("-" if share is None else f"{share:.1%}" for share in (one.best_at, one.extreme))
    return [one.network, one.arm, f"{one.dense:.3f}", best, at, extreme, one.table]


def print_plan(study: "Study", workspace: "Workspace", as_json: bool) -> None:
    """What there is to do, and how much of it is done."""
    from intaglio.studies.lottery import steps
    from intaglio.studies.runner import standing

    found = {label: standing(steps(lottery), workspace) for label, lottery in study.lotteries.items()}
    if as_json:
        print_json({label: vars(one) for label, one in found.items()})
        return
    columns = ["steps", "done", "training steps", "of these done"]
    rows = [
        [label, f"{one.steps:,}", f"{one.done:,}", f"{one.cost:,.0f}", f"{one.cost_done:,.0f}"] for label, one in found.items()
    ]
    print_table(["study of", *columns], rows, numbers=columns)


def print_findings(study: "Study", workspace: "Workspace", as_json: bool) -> None:
    """What was found so far."""
    from intaglio.studies.findings import findings

    found = {label: findings(lottery, workspace) for label, lottery in study.lotteries.items()}
    if as_json:
        print_json({label: one.model_dump(mode="json") if one else None for label, one in found.items()})
        return
    for label, one in found.items():
        if one is None:
            typer.echo(f"{label}: nothing is judged yet")
            continue
        print_table(
            ["arm", "sparsity", "error", "from dense", "matches"], _rows(one), numbers=["sparsity", "error", "from dense"]
        )
        typer.echo()
        print_facts([(label, f"{one.missing} networks to go" if one.missing else "complete"), *_summary(one)])
        typer.echo()


def _rows(found: "Findings") -> list[list[str]]:
    return [_row(found.dense), *(_row(level) for arm in found.arms() for level in found.of(arm))]


def _row(level: "Level") -> list[str]:
    difference = level.difference
    spread = "" if difference.low is None else f" [{difference.low:+.3f}, {difference.high:+.3f}]"
    told = [f"{difference.mean:+.3f}{spread}", "yes" if level.matches else "no"] if level.round or difference.mean else ["", ""]
    return [level.arm, f"{level.sparsity:.1%}", f"{level.error.mean:.3f}", *told]


def _summary(found: "Findings") -> list[tuple[str, str]]:
    facts = []
    for arm in found.arms():
        best, extreme = found.best(arm), found.extreme(arm)
        assert best is not None
        sparsest = f"sparsest that matches {extreme.sparsity:.1%}" if extreme else "none matches"
        facts.append((f"  {arm}", f"best {best.error.mean:.3f} at {best.sparsity:.1%}; {sparsest}"))
    return facts
