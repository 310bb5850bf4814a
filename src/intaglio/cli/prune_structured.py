"""`intaglio prune` by methods that push groups of weights out while a network trains."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from intaglio.storage.pretrained import Pretrained
    from intaglio.training.structured import StructuredResult
    from intaglio.training.task import Task


# Widths in multiples of it are fast, where widths are what becomes smaller.
_SUITS = 8


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """What there is to learn from."""

    data: Path | None
    """CIFAR-10 or class folders."""
    content: list[Path] | None
    """Folders of contents."""
    style: list[Path] | None
    """Folders of styles."""
    loss_network: Path | None
    """What judges; the network's own encoder if None."""


@dataclass(frozen=True, kw_only=True)
class Amount:
    """How much is to go."""

    speedup: float | None
    ratio: float | None
    sensitivity: bool
    """Less from layers that suffer more."""
    multiple: int | None
    """What the groups that stay are rounded up to; what suits processors if None."""


def prune_structured(
    model: Path,
    method: str,
    output: Path,
    lessons: Lessons,
    amount: Amount,
    settings: dict[str, Any],
    conduct: tuple[str, Sequence[str]],
    *,
    as_json: bool,
) -> None:
    """Prune a network, keep it as a ticket, and say what became of it.

    Args:
        model: the network's folder.
        method: name in the catalog of structured pruning methods.
        output: folder for the ticket; that of the run lies beside it.
        lessons: what it learns from.
        amount: how much goes, unless the settings have ratios.
        settings: of the description, those of the paper for the rest.
        conduct: where it trains, and the arguments of the command, for the source.
        as_json: print JSON.

    """
    import shlex
    from dataclasses import replace

    from intaglio.cli.output import print_json
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.storage.artifact import from_pretrained, save_pretrained
    from intaglio.storage.pretrained import Source
    from intaglio.stylizing.run import default_device
    from intaglio.training.run import Conduct
    from intaglio.training.structured import prune_structured, structured_spec
    from intaglio.vocabulary.errors import OptionError

    device, arguments = conduct
    network = from_pretrained(model)
    if network.card.family not in _TASKS:
        raise OptionError(f"{model} is of the family {network.card.family}, which nothing trains alone; prune a whole network")
    _refuse_vague(amount, settings)
    task = _TASKS[network.card.family](network, lessons)
    described = structured_spec(network, task, method, {"ratios": {}, **settings}, "settings")
    spec = described.model_copy(update=_chosen(network, task, described, amount))
    with progress_bar(method) as listener:
        how = Conduct(
            device=str(default_device(device)),
            listener=listener,
            show_every=1 << 30,
            warned=lambda text: typer.echo(f"warning: {text}", err=True),
        )
        made, result = prune_structured(spec, network, task, output.with_name(f"{output.name}.run"), how)
    source = Source(parents=(("network", network.digest()),), commands=(shlex.join(["intaglio", *arguments]),))
    save_pretrained(replace(made, source=source), output)
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    _print(result)


def _refuse_vague(amount: Amount, settings: Mapping[str, Any]) -> None:
    from intaglio.vocabulary.errors import OptionError

    if amount.speedup is not None and amount.ratio is not None:
        raise OptionError("--speedup and --ratio both say how much goes; give one of them")
    if amount.speedup is None and amount.ratio is None and "ratios" not in settings:
        raise OptionError("--speedup or --ratio is missing; give one of them, or the ratios of layers in --spec")
    if amount.sensitivity and amount.speedup is None:
        raise OptionError("--sensitivity shares a speedup out among the layers; give --speedup, too")
    if amount.multiple is not None and amount.speedup is None:
        raise OptionError("--multiple rounds what a speedup asks for; give --speedup, too")


def _chosen(network: "Pretrained", task: "Task", spec: Any, amount: Amount) -> dict[str, Any]:
    """The fields of the description that say how much goes."""
    from intaglio.pruning.groups import GROUPINGS
    from intaglio.training.sensitivity import profile_of, sensitivity
    from intaglio.training.speedup import ratios_for_speedup, uniform_ratios

    grouping = GROUPINGS[spec.grouping]
    if amount.ratio is not None:
        return {"ratios": uniform_ratios(network, amount.ratio, grouping)}
    if amount.speedup is None:
        return {}
    multiple = amount.multiple if amount.multiple is not None else _SUITS if grouping.reach else 1
    if not amount.sensitivity:
        return {"ratios": ratios_for_speedup(network, amount.speedup, grouping, multiple=multiple)}
    layers = list(uniform_ratios(network, 0.0, grouping))
    found = sensitivity(network.network, layers, grouping, lambda made: task.error(made, spec), task.normalizations)
    ratios = ratios_for_speedup(network, amount.speedup, grouping, profile_of(found), multiple)
    return {"ratios": ratios, "sensitivity": found}


def _classifier(network: "Pretrained", lessons: Lessons) -> "Task":
    from intaglio.data.class_folders import read_labelled
    from intaglio.models.classify.classifier import ClassifierConfig
    from intaglio.training.classifier_task import classifier_task
    from intaglio.vocabulary.errors import OptionError

    if lessons.data is None:
        raise OptionError("--data is missing; a classifier learns from CIFAR-10, or from a folder for each class")
    if lessons.content or lessons.style or lessons.loss_network:
        raise OptionError("--content, --style and --loss-network are for style networks; a classifier learns from --data")
    assert isinstance(network.config, ClassifierConfig)
    learn, test = (read_labelled(lessons.data, learn=which, side=network.config.side) for which in (True, False))
    return classifier_task(network, learn, test)


def _style(network: "Pretrained", lessons: Lessons) -> "Task":
    from intaglio.cli.training_options import find_pictures
    from intaglio.storage.artifact import from_pretrained
    from intaglio.training.catalog import RECIPES
    from intaglio.training.style_task import style_task

    given = {"picture": [lessons.data] if lessons.data else None, "content": lessons.content, "style": lessons.style}
    pictures = find_pictures(RECIPES[network.card.name].streams, given)
    return style_task(network, from_pretrained(lessons.loss_network) if lessons.loss_network else network, pictures)


_TASKS: Mapping[str, Callable[["Pretrained", Lessons], "Task"]] = {"classifier": _classifier, "style": _style}


def _print(result: "StructuredResult") -> None:
    from intaglio.cli.output import print_facts, print_table
    from intaglio.training.sensitivity import SHARES

    if result.sensitivity:
        columns = ["error", *(f"without {share:.0%}" for share in SHARES)]
        measured = [[name, *(f"{one:.4g}" for one in errors)] for name, errors in result.sensitivity.items()]
        print_table(["layer", *columns], measured, numbers=columns)
        typer.echo()
    numbers = ["groups", "gone", "recovered"]
    rows = [[name, f"{one.groups:,}", f"{one.gone:,}", f"{one.recovered:,}"] for name, one in result.layers.items()]
    print_table(["layer", *numbers], rows, numbers=numbers)
    typer.echo()
    stages = {"before": result.before, "pruned": result.pruned, "trained on": result.retrained}
    print_table(["", *result.before], [[stage, *(f"{one:.4g}" for one in how.values())] for stage, how in stages.items()])
    print_facts([("finished", f"after {result.finished:,} steps")])
