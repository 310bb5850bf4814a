"""`intaglio prune` by methods that push groups of weights out while a classifier trains."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer


def prune_structured(
    model: Path,
    method: str,
    output: Path,
    data: Path,
    wanted: Mapping[str, float | None],
    settings: dict[str, Any],
    device: str,
    arguments: Sequence[str],
    as_json: bool,
) -> None:
    """Prune a classifier, keep it as a ticket, and say what became of it.

    Args:
        model: the network's folder.
        method: name in the catalog of structured pruning methods.
        output: folder for the ticket; that of the run lies beside it.
        data: CIFAR-10 or class folders.
        wanted: "speedup" or "ratio".
        settings: of the description, those of the paper for the rest.
        device: where it trains.
        arguments: of the command, for the source.
        as_json: print JSON.

    """
    import shlex
    from dataclasses import replace

    from intaglio.cli.output import print_facts, print_json, print_table
    from intaglio.cli.progress_bar import progress_bar
    from intaglio.data.class_folders import read_labelled
    from intaglio.models.classify.classifier import Classifier
    from intaglio.pruning.catalog import STRUCTURED
    from intaglio.pruning.groups import GROUPINGS
    from intaglio.storage.artifact import from_pretrained, save_pretrained
    from intaglio.storage.pretrained import Source
    from intaglio.stylizing.run import default_device
    from intaglio.training.run import Conduct
    from intaglio.training.speedup import ratios_for_speedup, uniform_ratios
    from intaglio.training.structured import prune_structured, structured_spec
    from intaglio.vocabulary.errors import OptionError

    network = from_pretrained(model)
    if not isinstance(network.network, Classifier):
        raise OptionError(f"{model} is no classifier, and {method} learns from labels; take a method of one cut")
    given = {name: value for name, value in wanted.items() if value is not None}
    if len(given) != 1 and "ratios" not in settings:
        raise OptionError("--speedup or --ratio is missing; give one of them, or the ratios of layers in --spec")
    side = network.network.config.side
    learn, test = (read_labelled(data, learn=which, side=side) for which in (True, False))
    grouping = GROUPINGS[settings.setdefault("grouping", STRUCTURED[method].grouping)]
    if "speedup" in given:
        settings["ratios"] = ratios_for_speedup(network, given["speedup"], grouping)
    elif "ratio" in given:
        settings["ratios"] = uniform_ratios(network, given["ratio"], grouping)
    spec = structured_spec(network, learn, method, settings, "settings")
    with progress_bar(method) as listener:
        conduct = Conduct(device=str(default_device(device)), listener=listener, show_every=1 << 30)
        made, result = prune_structured(spec, network, learn, test, output.with_name(f"{output.name}.run"), conduct)
    source = Source(parents=(("network", network.digest()),), commands=(shlex.join(["intaglio", *arguments]),))
    save_pretrained(replace(made, source=source), output)
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    numbers = ["groups", "gone", "recovered"]
    rows = [[name, f"{one.groups:,}", f"{one.gone:,}", f"{one.recovered:,}"] for name, one in result.layers.items()]
    print_table(["layer", *numbers], rows, numbers=numbers)
    typer.echo()
    shares = [("accuracy", result.accuracy), ("pruned", result.pruned), ("trained on", result.retrained)]
    print_facts([*((name, f"{share:.2%}") for name, share in shares), ("finished", f"after {result.finished:,} steps")])
