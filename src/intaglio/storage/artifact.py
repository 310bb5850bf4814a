"""The artifact: a folder that holds a network and everything needed to build it.

    model.safetensors   the weights; of a lottery ticket, `ticket.safetensors` has them, packed
    config.json         format, model name, configuration, SHA-256 of the weights, source, and where a ticket comes from
    README.md           the model card, for people

Nothing in it is code; the network is built from the configuration by the class the catalog names.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from intaglio.models.catalog import MODELS
from intaglio.samples import ARTIFACTS, BY_KIND
from intaglio.storage.packing import pack, unpack
from intaglio.storage.pretrained import Pretrained, Source, assemble
from intaglio.storage.readme import write_readme
from intaglio.storage.replacement import replace_folder
from intaglio.storage.ticket import Origin, Ticket
from intaglio.vocabulary.errors import InputError, SpecError, WeightsError
from intaglio.vocabulary.spec import Spec

MANIFEST = "config.json"
_WEIGHTS, _TICKET, _README = "model.safetensors", "ticket.safetensors", "README.md"
_MARK = "intaglio/"


class Manifest(Spec):
    """The content of `config.json`."""

    format: Literal["intaglio/1"]
    model: str
    """Name in the catalog of models."""
    config: dict[str, Any]
    """The model's configuration; fields at their default may be left out."""
    weights_sha256: str
    """Of the file with the weights."""
    source: Source = Source()
    ticket: Origin | None = None
    """Where a lottery ticket comes from; None for a dense network."""


def save_pretrained(pretrained: Pretrained, folder: str | Path, *, half: bool = False) -> None:
    """Write an artifact; it appears complete or not at all, and replaces an older artifact only then.

    Args:
        pretrained: what to save; on any device.
        folder: new, empty, or an artifact; nothing else is ever replaced.
        half: store the weights as float16, half the size; they are float32 again when they are read.

    Raises:
        InputError: `folder` is something else.
        ResourceError: no right to write, or the disk is full.
        WeightsError: weights that a ticket's mask prunes are not zero.

    """
    folder = Path(folder)
    _refuse_foreign(folder)
    dtype, ticket = torch.float16 if half else None, pretrained.ticket
    weights = pack(pretrained.network.state_dict(), ticket.mask, dtype) if ticket else pretrained.weights(dtype)
    manifest = Manifest(
        format="intaglio/1",
        model=pretrained.card.name,
        config=pretrained.config.model_dump(mode="json", exclude_defaults=True),
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        source=pretrained.source,
        ticket=ticket.origin if ticket else None,
    )
    content = manifest.model_dump(mode="json", exclude=None if ticket else {"ticket"})
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    readme = write_readme(pretrained, name=folder.resolve().name, size=len(weights))
    replace_folder(folder, {_TICKET if ticket else _WEIGHTS: weights, _README: readme.encode(), MANIFEST: text.encode()})


def from_pretrained(folder: str | Path) -> Pretrained:
    """Read an artifact, check it and build its network, in evaluation mode on the CPU.

    Args:
        folder: of the artifact; or, if no such folder exists, the name of a network that comes with the package ("wct-16x") or
            its kind ("wct").

    Raises:
        InputError: `folder` is not an artifact.
        SpecError: `config.json` does not validate.
        UnknownNameError: a model this version does not know.
        WeightsError: weights missing, damaged, or not those of the configuration.

    """
    folder = _located(folder)
    manifest = read_manifest(folder)
    card = MODELS[manifest.model]
    config = card.config.parse(manifest.config, where=str(folder / MANIFEST))
    path = folder / _weights_name(manifest)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}; the artifact is incomplete, save it again") from None
    found = hashlib.sha256(content).hexdigest()
    if found != manifest.weights_sha256:
        raise WeightsError(
            f"{path} is damaged or was exchanged: its SHA-256 starts with {found[:12]}, {MANIFEST} says "
            f"{manifest.weights_sha256[:12]}; copy or save the artifact again"
        )
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a safetensors file: {error}; save the artifact again") from None
    if manifest.ticket is None:
        return assemble(card, config, tensors, source=manifest.source, where=str(path))
    state, mask = unpack(tensors, str(path))
    made = assemble(card, config, state, source=manifest.source, where=str(path))
    return replace(made, ticket=Ticket(mask=mask, origin=manifest.ticket))


def weights_path(folder: str | Path) -> Path:
    """The file with the weights of an artifact, or of a network of the package; errors as of `read_manifest`."""
    folder = _located(folder)
    return folder / _weights_name(read_manifest(folder))


def _located(folder: str | Path) -> Path:
    """The folder of an artifact: the one given, or that of the network of the package with this name or of this kind."""
    folder = Path(folder)
    return folder if folder.exists() else ARTIFACTS.get(str(folder), BY_KIND.get(str(folder), folder))


def read_manifest(folder: Path) -> Manifest:
    """The validated `config.json` of an artifact; cheap, the weights are not read.

    Raises:
        InputError: `folder` is not an artifact.
        SpecError: `config.json` does not validate.

    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder; an artifact is one, `intaglio import` makes it from a checkpoint; "
            f"names that need no folder: {', '.join(ARTIFACTS)}"
        )
    if not path.is_file():
        raise InputError(f"{folder} is not an artifact: it has no {MANIFEST}; `intaglio import` makes one from a checkpoint")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, OSError) as error:
        raise SpecError(f"{path} is not readable JSON: {error}; save the artifact again") from None
    mark = content.get("format") if isinstance(content, dict) else None
    if not isinstance(mark, str) or not mark.startswith(_MARK):
        raise InputError(f"{folder} is not an artifact of intaglio: its {MANIFEST} names no such format")
    return Manifest.parse(content, where=str(path))


def _weights_name(manifest: Manifest) -> str:
    return _WEIGHTS if manifest.ticket is None else _TICKET


def _refuse_foreign(folder: Path) -> None:
    """Saving replaces a whole folder, so it had better be ours alone."""
    if folder.is_dir():
        names = sorted(entry.name for entry in folder.iterdir())
        if not names:
            return
        read_manifest(folder)
        others = [name for name in names if name not in (_WEIGHTS, _TICKET, MANIFEST, _README)]
        if others:
            raise InputError(f"{folder} is an artifact but holds other files too ({others[0]}); choose another folder")
    elif folder.exists():
        raise InputError(f"{folder} is a file; an artifact is a folder, choose another name")
