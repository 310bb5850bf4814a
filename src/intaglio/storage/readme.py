"""The model card that people and the Hub read: `README.md` of an artifact."""

import json

from intaglio.metrics.cost import Cost, cost_of, side_of
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.quantities import format_bytes


def write_readme(pretrained: Pretrained, *, name: str, size: int) -> str:
    """Markdown with the Hub's header; `name` is the folder's, `size` the bytes of the weights."""
    card, source = pretrained.card, pretrained.source
    cost = cost_of(pretrained.network)
    blocks = [
        _header(pretrained),
        f"# {name}",
        f"{card.title}.",
        f"Paper: {card.paper}.",
        "\n".join(
            [
                "| | |",
                "|---|---|",
                f"| model | `{card.name}` |",
                f"| parameters | {cost.parameters:,} |",
                _macs_row(pretrained, cost),
                f"| weights | {format_bytes(size)} |",
                f"| digest | `{pretrained.digest()}` |",
                f"| license of the weights | {source.license or 'not stated'} |",
                *_ticket_rows(pretrained),
            ]
        ),
        "## Use",
        f'```python\nimport intaglio\n\npretrained = intaglio.from_pretrained("{name}")\n```',
        f"Streaming: {card.streaming}.",
        "## Source",
        *_origin(pretrained),
    ]
    return "\n\n".join(blocks) + "\n"


def _macs_row(pretrained: Pretrained, cost: Cost) -> str:
    if side := side_of(pretrained.network):
        return f"| multiply-accumulates per picture of {side} x {side} | {float(cost.macs_per_pixel) * side**2 / 1e6:,.4g} M |"
    return f"| multiply-accumulates per megapixel | {float(cost.macs_per_pixel) / 1000:,.4g} G |"


def _ticket_rows(pretrained: Pretrained) -> list[str]:
    if pretrained.ticket is None:
        return []
    mask, origin = pretrained.ticket.mask, pretrained.ticket.origin
    total = sum(parameter.numel() for parameter in pretrained.network.parameters())
    shares = f"{mask.sparsity:.2%} of {mask.count:,} weights, {mask.sparsity_of(total):.2%} of all parameters"
    start = "trained weights" if origin.rewound is None else f"weights of step {origin.rewound:,} of training"
    found = f"{origin.method or 'not stated'}, round {origin.round}" if origin.round else origin.method or "not stated"
    return [f"| pruned | {shares} |", f"| found by | {found} |", f"| holds | {start} |"]


def _header(pretrained: Pretrained) -> str:
    lines = ["---", "library_name: intaglio", f"tags: [{pretrained.card.family}]"]
    if pretrained.source.license:
        # JSON strings are YAML strings, whatever a license is called.
        lines.append(f"license: {json.dumps(pretrained.source.license.lower())}")
    return "\n".join([*lines, "---"])


def _origin(pretrained: Pretrained) -> list[str]:
    source = pretrained.source
    blocks = [f"Imported as `{source.format}`." if source.format else "Made with Intaglio."]
    if source.repository:
        blocks.append(f"Published at {source.repository}.")
    if source.parents:
        blocks.append("\n".join(f"- {role}: `{digest}`" for role, digest in source.parents))
    if source.commands:
        blocks.append("\n".join(["```sh", *source.commands, "```"]))
    if source.notes:
        blocks.append("\n".join(f"- {note}" for note in source.notes))
    if source.files:
        rows = [f"| {name} | `{digest}` |" for name, digest in source.files]
        blocks.append("\n".join(["| file | SHA-256 |", "|---|---|", *rows]))
    return blocks
