"""`export`: a network as files that other programs run, each compared with torch before it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from intaglio.exporting.export_format import ExportFormat, Precision
from intaglio.exporting.graphs.graph import Graph
from intaglio.exporting.graphs.graphs import graphs_of
from intaglio.images.atomic import replacing
from intaglio.storage.pretrained import Pretrained
from intaglio.storage.replacement import replace_folder
from intaglio.vocabulary.errors import InputError, IntaglioError, OptionError, ResourceError
from intaglio.vocabulary.progress import Listener, Progress, ignore

TOLERATED: Mapping[Precision, float] = {"float32": 1e-4, "float16": 2e-2}
"""Largest difference to torch in float32, as a share of the largest value that torch gives, or of 1 where that is smaller."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A file that was written."""

    path: Path
    graph: Graph
    size: int
    """Bytes."""
    difference: float
    """The largest to torch in float32, on sides that the graph was not traced with."""


def export(
    network: Pretrained, out: Path, form: ExportFormat, *, precision: Precision = "float32", listener: Listener = ignore
) -> list[Exported]:
    """Write a network as graphs.

    Args:
        network: on the CPU.
        out: a folder, new, empty or of older files of the same names; for a network that is one graph also a file with the
            suffix of the format.
        form: how it is written and checked.
        precision: of its weights and convolutions.
        listener: told how many files are made.

    Returns:
        What was written: all files, or none if one of them gives something else than torch.

    Raises:
        OptionError: a network that is no graph, a package that is missing, or a file where there are several graphs.
        InputError: the folder holds something else.
        ResourceError: no right to write, or the disk is full.
        IntaglioError: a file gives something else than torch.

    """
    form.require()
    graphs = graphs_of(network)
    _refuse_place(out, form, graphs)
    notes = _notes(network, precision)
    made: dict[str, tuple[Graph, bytes, float]] = {}
    for number, graph in enumerate(graphs):
        listener(Progress(task=graph.name, step=1, steps=1, done=number, total=len(graphs), unit="files"))
        content = form.write(graph, precision, notes)
        difference = _difference(graph, form.run(content, graph))
        # Not a number, too, is refused.
        if not difference <= TOLERATED[precision]:
            raise IntaglioError(
                f"{graph.name}{form.suffix} gives something else than torch, by {difference:.2g} of its largest value, where "
                f"{TOLERATED[precision]:g} is tolerated in {precision}; nothing was written"
            )
        made[f"{graph.name}{form.suffix}"] = graph, content, difference
    _place(out, form, {name: content for name, (_, content, _) in made.items()})
    return [
        Exported(path=_path(out, form, name), graph=graph, size=len(content), difference=difference)
        for name, (graph, content, difference) in made.items()
    ]


def zero_share(network: Pretrained) -> float:
    """The share of weights that are zero; a graph computes with them as with others."""
    weights = [one for one in network.network.parameters() if one.dim() > 1]
    return sum(int((one == 0).sum()) for one in weights) / max(1, sum(one.numel() for one in weights))


@torch.inference_mode()
def _difference(graph: Graph, found: list[Tensor]) -> float:
    expected = graph.module(*(port.tried for port in graph.takes))
    pairs = zip(expected if isinstance(expected, tuple) else (expected,), found, strict=True)
    # Python's own maximum would lose what is not a number.
    return float(torch.stack([(one - other).abs().max() / one.abs().max().clamp_min(1) for one, other in pairs]).max())


def _notes(network: Pretrained, precision: Precision) -> dict[str, str]:
    """What a file says of itself."""
    card = network.card
    return {
        "model": card.name,
        "paper": card.paper,
        "digest": network.digest(),
        "license": network.source.license or "not stated",
        "precision": precision,
        "sides are multiples of": str(card.size_multiple),
    }


def _is_file(out: Path, form: ExportFormat) -> bool:
    return out.suffix.lower() == form.suffix


def _path(out: Path, form: ExportFormat, name: str) -> Path:
    return out if _is_file(out, form) else out / name


def _refuse_place(out: Path, form: ExportFormat, graphs: list[Graph]) -> None:
    """Raise OptionError or InputError if files cannot lie there; a folder is replaced as a whole, so it may hold no others."""
    if _is_file(out, form):
        if len(graphs) > 1:
            names = ", ".join(graph.name for graph in graphs)
            raise OptionError(f"{out} is one file, and the network is {len(graphs)} graphs ({names}); name a folder")
        if out.is_dir():
            raise OptionError(f"{out} is a folder; name a file, or a folder without the suffix {form.suffix}")
        if not out.parent.is_dir():
            raise OptionError(f"the folder of {out} does not exist; make it, or name another")
        return
    if out.is_dir():
        own = {f"{graph.name}{form.suffix}" for graph in graphs}
        others = sorted(one.name for one in out.iterdir() if one.name not in own or one.is_dir())
        if others:
            raise InputError(f"{out} holds other files than those to be written ({others[0]}); choose another folder")
    elif out.exists():
        raise InputError(f"{out} is a file; name a folder, or a file that ends in {form.suffix}")


def _place(out: Path, form: ExportFormat, files: Mapping[str, bytes]) -> None:
    if not _is_file(out, form):
        replace_folder(out, files)
        return
    (content,) = files.values()
    try:
        with replacing(out, durable=True) as path:
            path.write_bytes(content)
    except OSError as error:
        raise ResourceError(f"cannot write {out}: {error.strerror or error}; choose another place or make room") from None
