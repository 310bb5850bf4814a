"""`config.json` of an artifact, and the file with its weights beside it."""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal, Self

from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from intaglio.samples import ARTIFACTS, BY_KIND
from intaglio.storage.pretrained import Source
from intaglio.storage.ticket import Origin
from intaglio.vocabulary.errors import InputError, SpecError, WeightsError
from intaglio.vocabulary.spec import Spec

MANIFEST, WEIGHTS, TICKET = "config.json", "model.safetensors", "ticket.safetensors"
"""Names of the files."""
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

    @classmethod
    def of(cls, text: bytes | None, folder: str) -> Self:
        """Validate what stands in the `config.json` of a folder, None where there is none; errors as of `read_manifest`."""
        path = f"{folder}/{MANIFEST}"
        if text is None:
            raise InputError(
                f"{folder} is not an artifact: it has no {MANIFEST}; `intaglio import` makes one from a checkpoint"
            )
        try:
            content = json.loads(text)
        except ValueError as error:
            raise SpecError(f"{path} is not readable JSON: {error}; save the artifact again") from None
        mark = content.get("format") if isinstance(content, dict) else None
        if not isinstance(mark, str) or not mark.startswith(_MARK):
            raise InputError(f"{folder} is not an artifact of intaglio: its {MANIFEST} names no such format")
        return cls.parse(content, where=path)


def located(folder: str | Path) -> Path:
    """The folder of an artifact: the one given, or that of the network of the package with this name or of this kind."""
    folder = Path(folder)
    return folder if folder.exists() else ARTIFACTS.get(str(folder), BY_KIND.get(str(folder), folder))


def read_manifest(folder: Path) -> Manifest:
    """The validated `config.json` of an artifact; cheap, the weights are not read.

    Raises:
        InputError: `folder` is not an artifact.
        SpecError: `config.json` does not validate.

    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder; an artifact is one, `intaglio import` makes it from a checkpoint; "
            f"names that need no folder: {', '.join(ARTIFACTS)}"
        )
    path = folder / MANIFEST
    try:
        return Manifest.of(path.read_bytes() if path.is_file() else None, str(folder))
    except OSError as error:
        raise SpecError(f"{path} is not readable JSON: {error}; save the artifact again") from None


def weights_path(folder: str | Path) -> Path:
    """The file with the weights of an artifact, or of a network of the package; errors as of `read_manifest`."""
    folder = located(folder)
    return folder / _weights_name(read_manifest(folder))


def read_weights(folder: Path, manifest: Manifest) -> tuple[Path, dict[str, Tensor]]:
    """The file with the weights of an artifact, and its tensors, checked against the manifest.

    Raises:
        WeightsError: it is missing, damaged, or no safetensors file.

    """
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
        return path, load(content)
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a safetensors file: {error}; save the artifact again") from None


def _weights_name(manifest: Manifest) -> str:
    return WEIGHTS if manifest.ticket is None else TICKET
