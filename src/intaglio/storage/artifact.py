"""The artifact: a folder that holds a network and everything needed to build it.

    model.safetensors   the weights
    config.json         format, model name, configuration, SHA-256 of the weights, source
    README.md           the model card, for people

Nothing in it is code; the network is built from the configuration by the class the catalog names.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from intaglio.models.catalog import MODELS
from intaglio.samples import ARTIFACTS
from intaglio.storage.pretrained import Pretrained, Source, assemble
from intaglio.storage.readme import write_readme
from intaglio.storage.replacement import replace_folder
from intaglio.vocabulary.errors import InputError, SpecError, WeightsError
from intaglio.vocabulary.spec import Spec

WEIGHTS, MANIFEST, README = "model.safetensors", "config.json", "README.md"
_MARK = "intaglio/"


class Manifest(Spec):
    """The content of `config.json`."""

    format: Literal["intaglio/1"]
    model: str
    """Name in the catalog of models."""
    config: dict[str, Any]
    """The model's configuration; fields at their default may be left out."""
    weights_sha256: str
    """Of the file `model.safetensors`."""
    source: Source = Source()


def save_pretrained(pretrained: Pretrained, folder: str | Path, *, half: bool = False) -> None:
    """Write an artifact; it appears complete or not at all, and replaces an older artifact only then.

    Args:
        pretrained: what to save; on any device.
        folder: new, empty, or an artifact; nothing else is ever replaced.
        half: store the weights as float16, half the size; they are float32 again when they are read.

    Raises:
        InputError: `folder` is something else.
        ResourceError: no right to write, or the disk is full.

    """
    folder = Path(folder)
    _refuse_foreign(folder)
    weights = pretrained.weights(torch.float16 if half else None)
    manifest = Manifest(
        format="intaglio/1",
        model=pretrained.card.name,
        config=pretrained.config.model_dump(mode="json", exclude_defaults=True),
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        source=pretrained.source,
    )
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
    readme = write_readme(pretrained, name=folder.resolve().name, size=len(weights))
    replace_folder(folder, {WEIGHTS: weights, README: readme.encode(), MANIFEST: text.encode()})


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
    folder = located(folder)
    manifest = read_manifest(folder)
    card = MODELS[manifest.model]
    config = card.config.parse(manifest.config, where=str(folder / MANIFEST))
    path = folder / WEIGHTS
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
    return assemble(card, config, tensors, source=manifest.source, where=str(path))


def located(folder: str | Path) -> Path:
    """The folder of an artifact: the one given, or that of the network of the package with this name or of this kind."""
    folder = Path(folder)
    return folder if folder.exists() else ARTIFACTS.get(str(folder), ARTIFACTS.get(f"{folder}-16x", folder))


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


def _refuse_foreign(folder: Path) -> None:
    """Saving replaces a whole folder, so it had better be ours alone."""
    if folder.is_dir():
        names = sorted(entry.name for entry in folder.iterdir())
        if not names:
            return
        read_manifest(folder)
        others = [name for name in names if name not in (WEIGHTS, MANIFEST, README)]
        if others:
            raise InputError(f"{folder} is an artifact but holds other files too ({others[0]}); choose another folder")
    elif folder.exists():
        raise InputError(f"{folder} is a file; an artifact is a folder, choose another name")
