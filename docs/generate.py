"""Writes the pages of this folder that repeat what the code says: `make docs`. A test compares them with the code."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import typer

from intaglio.cli.main import app
from intaglio.exporting.graphs.graph import Graph
from intaglio.exporting.graphs.graphs import graphs_of
from intaglio.models.card import ModelCard
from intaglio.models.catalog import MODELS
from intaglio.storage.pretrained import Pretrained
from intaglio.training.catalog import RECIPES
from intaglio.training.recipe import Recipe
from intaglio.vocabulary.spec import Spec

DOCS = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py; change the code, then run `make docs`. -->"
WIDTH = 100


def commands(name: str = "intaglio", command: Any = None) -> Iterator[tuple[str, Any]]:
    """Each command with its full name, groups before what is in them."""
    command = typer.main.get_command(app) if command is None else command
    yield name, command
    for verb, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            yield from commands(f"{name} {verb}", below)


def help_of(name: str, command: Any) -> str:
    """What `--help` says, without the frames and colors that depend on a terminal."""
    command.rich_markup_mode = None
    context = command.make_context(name, [], resilient_parsing=True, terminal_width=WIDTH, color=False)
    return "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())


def commands_page() -> str:
    """The help of every command."""
    parts = [NOTE, "# Commands", "What `--help` says, verb by verb."]
    for name, command in commands():
        parts += [f"## {name}", f"```text\n{help_of(name, command)}\n```"]
    return "\n\n".join(parts) + "\n"


def models_page() -> str:
    """The catalog of models as a table, then each card with its configuration."""
    header = ["name", "what it is", "family", "sides are multiples of", "smallest side"]
    rows = [
        [f"[`{card.name}`](#{card.name})", card.title, card.family, f"{card.size_multiple} px", f"{card.smallest_side} px"]
        for card in MODELS.values()
    ]
    intro = "Every network in `intaglio.models.catalog`, from the card that stands beside its code."
    return "\n\n".join([NOTE, "# Models", intro, _table(header, rows), *map(_card, MODELS.values())]) + "\n"


def _card(card: ModelCard) -> str:
    low, high = card.input_range
    way = "Output" if card.family == "generator" else "Input"
    facts = f"{card.title}. {card.paper}.\n\n- {way}: RGB in [{low:g}, {high:g}].\n- Streaming: {card.streaming}."
    return f"## {card.name}\n\n{facts}\n\nConfiguration:\n\n{_table(['field', 'default', 'meaning'], _fields(card.config))}"


def methods_page() -> str:
    """The ways to train, with the settings of their losses and of their papers."""
    intro = (
        "What `intaglio train NAME` takes, from `intaglio.training.catalog`: how long, how fast and on what the paper of each "
        "network trains, which is what happens where nothing else is said; and the settings of its losses, which stand under "
        "`[losses]` in the file for `--spec`. How to train is in [training.md](training.md)."
    )
    return "\n\n".join([NOTE, "# Training methods", intro, *(_method(*entry) for entry in RECIPES.items())]) + "\n"


def _method(name: str, recipe: Recipe[Any]) -> str:
    streams = " and ".join(f"{stream}s" for stream in recipe.streams)
    training, crop = recipe.training, recipe.crop
    rate = f"Adam with {training.learning_rate:g}, {training.schedule}"
    rate += f" by {training.decay:g} a step" if training.schedule == "inverse" else ""
    shape = {"shorter": f"shorter side {crop.to}", "squash": f"squashed to {crop.to} x {crop.to}", "none": "as they are"}
    mirrored = ", mirrored at random" if crop.flip else ""
    facts = [
        f"- Learns from {streams}: {shape[crop.resize]}, crops of {crop.size}{mirrored}.",
        f"- `[{recipe.length}]`: {training.steps:,} steps, {training.batch_size} of each a step; {rate}.",
    ]
    losses = _table(["loss setting", "default", "meaning"], _fields(recipe.losses, "Weight of that term."))
    return "\n\n".join([f"## {name}", f"{MODELS[name].title}.", "\n".join(facts), losses])


def exportable_page() -> str:
    """Which networks can be exported, and what their files take and give, seen on the examples of the cards."""
    intro = (
        "What `intaglio export` makes of every network in `intaglio.models.catalog`; how to use it is in "
        "[exporting.md](exporting.md). Numbers of channels, classes and stages are those of a small example."
    )
    graphs = {card.name: _graphs(card) for card in MODELS.values() if not card.unexportable}
    rows = [[f"[`{name}`](#{name})", ", ".join(f"`{graph.name}`" for graph in found)] for name, found in graphs.items()]
    rows += [[f"`{name}`", f"none: it {card.unexportable}"] for name, card in MODELS.items() if card.unexportable]
    sections = ["\n\n".join([f"## {name}", *map(_graph, found)]) for name, found in graphs.items()]
    return "\n\n".join([NOTE, "# Networks that can be exported", intro, _table(["network", "files"], rows), *sections]) + "\n"


def _graphs(card: ModelCard) -> list[Graph]:
    """Of the example, whose weights do not matter."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        network = card.build(card.example)
    return graphs_of(Pretrained(card=card, config=card.example, network=network))


def _graph(graph: Graph) -> str:
    gives = ", ".join(f"`{name}`" for name in graph.gives)
    rows = [[f"`{port.name}`", " x ".join(port.sides).replace("*", " "), port.meaning] for port in graph.takes]
    return f"`{graph.name}.onnx`, {graph.title}: gives {gives}.\n\n{_table(['takes', 'shape', 'meaning'], rows)}"


def _fields(config: type[Spec], unexplained: str = "") -> list[list[str]]:
    return [
        [
            f"`{name}`",
            "required" if field.is_required() else f"`{_default(field.default)}`",
            " ".join((field.description or unexplained).split()),
        ]
        for name, field in config.model_fields.items()
    ]


def _default(value: object) -> str:
    return value.canonical_json() if isinstance(value, Spec) else json.dumps(value)


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "models.md": models_page,
    "methods.md": methods_page,
    "exportable.md": exportable_page,
}

if __name__ == "__main__":
    for page, text in PAGES.items():
        (DOCS / page).write_text(text(), encoding="utf-8")
