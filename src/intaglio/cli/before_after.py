"""A network beside the one that it was made from: what it costs, how fast it is here, and what it is worth."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from intaglio.storage.pretrained import Pretrained


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How both are tried out."""

    data: Path | None
    """Labelled pictures, whose part that is not learned from is classified."""
    content: Path | None
    style: Path | None
    """Folders of pictures that a style network is judged on, all pairs."""
    loss_network: Path
    """That judges them."""
    size: int
    """Side of the picture that a style network is timed with, and shorter side of those that it is judged on, pixels."""
    batch: int
    """Pictures that a classifier is timed with."""
    turns: int
    """Timed runs of each; 0 for none."""


def show(before: Path, after: Path, trial: Trial, *, as_json: bool) -> None:
    """Print both, side by side.

    Raises:
        OptionError: networks of different kinds, or pictures that they have no use for.

    """
    from intaglio.cli.output import print_facts, print_json

    rows = [*_costs(before, after), *_times(before, after, trial), *_worth(before, after, trial)]
    if as_json:
        print_json(_document(rows))
        return
    _print(rows)
    if notes := [(one.name, one.note) for one in rows if one.note]:
        typer.echo()
        print_facts(notes)


def print_costs(before: Path, after: Path) -> None:
    """Print parameters, multiply-accumulates and bytes, side by side."""
    _print(_costs(before, after))


def costs_document(before: Path, after: Path) -> dict[str, list[float]]:
    """The same for programs: pairs by name."""
    return _document(_costs(before, after))


@dataclass(frozen=True)
class _Row:
    name: str
    both: Sequence[float]
    """Before and after."""
    format: Callable[[float], str]
    note: str = ""

    def cells(self) -> list[str]:
        before, after = self.both
        share = f"{after / before:.3f}" if before else "-"
        return [self.name, self.format(before), self.format(after), share]


def _print(rows: "Iterable[_Row]") -> None:
    from intaglio.cli.output import print_table

    numbers = ["before", "after", "of before"]
    print_table(["", *numbers], (one.cells() for one in rows), numbers=numbers)


def _document(rows: "Iterable[_Row]") -> dict[str, list[float]]:
    return {one.name: list(one.both) for one in rows}


def _costs(before: Path, after: Path) -> Iterator[_Row]:
    from intaglio.metrics.cost import cost_of
    from intaglio.storage.manifest import weights_path
    from intaglio.vocabulary.errors import OptionError

    networks = [_read(path) for path in (before, after)]
    if networks[0].card is not networks[1].card:
        raise OptionError(
            f"{before} is of the kind {networks[0].card.name}, {after} of {networks[1].card.name}; only networks of one kind "
            "are put side by side"
        )
    costs = [cost_of(one.network) for one in networks]
    yield _Row("parameters", [one.path_parameters for one in costs], "{:,}".format)
    side = getattr(networks[1].config, "side", None)
    pixels, unit = (1e6, "GMAC per megapixel") if side is None else (side**2 * 1e3, f"MMAC, {side} x {side}")
    yield _Row(unit, [float(one.macs_per_pixel) * pixels / 1e9 for one in costs], "{:,.4g}".format)
    yield _Row("bytes", [weights_path(path).stat().st_size for path in (before, after)], "{:,}".format)


def _times(before: Path, after: Path, trial: Trial) -> Iterator[_Row]:
    import torch

    from intaglio.metrics.cost import side_of
    from intaglio.metrics.latency import medians_in_turns
    from intaglio.models.gan.networks import Discriminator, Generator
    from intaglio.models.style.network import StyleNetwork
    from intaglio.runtime.hardware import describe_hardware
    from intaglio.stylizing.stylize import stylize

    if not trial.turns:
        return

    def run(network: "Pretrained") -> Callable[[], Any]:
        if isinstance(network.network, StyleNetwork):
            pictures = [torch.rand(1, 3, trial.size, trial.size) for _ in range(2)]
            return lambda: stylize(*pictures, model=network, device="cpu")
        if isinstance(network.network, Generator | Discriminator):
            taken = network.network.example(torch.Generator().manual_seed(0), trial.batch)
        else:
            side = getattr(network.config, "side", trial.size)
            taken = (torch.rand(trial.batch, 3, side, side),)

        def forward() -> Any:
            with torch.inference_mode():
                return network.network(*taken)

        return forward

    networks = [_read(path) for path in (before, after)]
    found = medians_in_turns([run(one) for one in networks], trial.turns)
    many = f"a batch of {trial.batch}" if side_of(networks[1].network) else f"{trial.size} x {trial.size} pixels"
    note = f"median of {trial.turns} in turns, {many}, {describe_hardware(torch.device('cpu'))}"
    yield _Row("milliseconds", [one * 1000 for one in found], "{:,.4g}".format, note)


def _worth(before: Path, after: Path, trial: Trial) -> Iterator[_Row]:
    from intaglio.models.classify.classifier import Classifier
    from intaglio.models.style.network import StyleNetwork
    from intaglio.vocabulary.errors import OptionError

    network = _read(after).network
    if trial.data is not None:
        if not isinstance(network, Classifier):
            raise OptionError(f"{after} is no classifier; leave out --data, and give --content and --style")
        yield _accuracy(before, after, trial.data)
    if trial.content is not None or trial.style is not None:
        if not isinstance(network, StyleNetwork) or trial.content is None or trial.style is None:
            raise OptionError("--content and --style are for style networks, and both are needed")
        yield from _errors(before, after, trial, trial.content, trial.style)


def _accuracy(before: Path, after: Path, data: Path) -> _Row:
    from intaglio.data.class_folders import read_labelled
    from intaglio.objectives.classification import accuracy

    networks = [_read(path) for path in (before, after)]
    test = read_labelled(data, learn=False, side=getattr(networks[1].config, "side", 224))
    shares = [accuracy(one.network, test.pictures, test.labels) for one in networks]
    return _Row("accuracy", shares, "{:.2%}".format, f"on {len(test.labels):,} pictures of {data}")


def _errors(before: Path, after: Path, trial: Trial, content: Path, style: Path) -> Iterator[_Row]:
    from intaglio.cli.evaluation import describe_protocol, judge_model, read_grid, read_judge, read_subject

    grid, judge = read_grid(content, style, 0, 0), read_judge(trial.loss_network, trial.size, "cpu")
    first, second = (judge_model(*read_subject(path, path.name), grid, judge, None) for path in (before, after))
    note = describe_protocol(second)
    for name, value in second.values.items():
        yield _Row(name, (first.values[name].mean, value.mean), "{:.4g}".format, note)
        note = ""


def _read(path: Path) -> "Pretrained":
    from intaglio.storage.artifact import from_pretrained

    return from_pretrained(path)
