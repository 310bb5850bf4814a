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

import torch

from intaglio.models.catalog import MODELS
from intaglio.storage.manifest import MANIFEST, TICKET, WEIGHTS, Manifest, located, read_manifest, read_weights
from intaglio.storage.packing import pack, unpack
from intaglio.storage.pretrained import Pretrained, assemble
from intaglio.storage.readme import write_readme
from intaglio.storage.replacement import replace_folder
from intaglio.storage.ticket import Ticket
from intaglio.vocabulary.errors import InputError

_README = "README.md"


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
    replace_folder(folder, {TICKET if ticket else WEIGHTS: weights, _README: readme.encode(), MANIFEST: text.encode()})


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
    path, tensors = read_weights(folder, manifest)
    if manifest.ticket is None:
        return assemble(card, config, tensors, source=manifest.source, where=str(path))
    state, mask = unpack(tensors, str(path))
    made = assemble(card, config, state, source=manifest.source, where=str(path))
    return replace(made, ticket=Ticket(mask=mask, origin=manifest.ticket))


def _refuse_foreign(folder: Path) -> None:
    """Saving replaces a whole folder, so it had better be ours alone."""
    if folder.is_dir():
        names = sorted(entry.name for entry in folder.iterdir())
        if not names:
            return
        read_manifest(folder)
        others = [name for name in names if name not in (WEIGHTS, TICKET, MANIFEST, _README)]
        if others:
            raise InputError(f"{folder} is an artifact but holds other files too ({others[0]}); choose another folder")
    elif folder.exists():
        raise InputError(f"{folder} is a file; an artifact is a folder, choose another name")
