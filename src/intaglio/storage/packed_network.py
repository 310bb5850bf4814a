"""Tickets read to be run: the weights of their convolutions stay packed, from the file to the compiled layer."""

from pathlib import Path

import torch
from torch import nn

from intaglio.models.catalog import MODELS
from intaglio.pruning.packed import PackedConvolution
from intaglio.storage.artifact import from_pretrained
from intaglio.storage.manifest import MANIFEST, located, read_manifest, read_weights
from intaglio.storage.packing import packed_parts
from intaglio.storage.pretrained import Pretrained
from intaglio.vocabulary.errors import WeightsError


def to_run(folder: str | Path) -> Pretrained:
    """An artifact as `from_pretrained` reads it; of a ticket, convolutions hold what is kept and nothing else.

    What was read so is there to be run. It has no `ticket` and another digest, and cannot be trained, pruned or saved.

    Args:
        folder: as of `from_pretrained`.

    Raises:
        InputError, SpecError, UnknownNameError, WeightsError: as of `from_pretrained`.

    """
    folder = located(folder)
    manifest = read_manifest(folder)
    if manifest.ticket is None:
        return from_pretrained(folder)
    card = MODELS[manifest.model]
    config = card.config.parse(manifest.config, where=str(folder / MANIFEST))
    path, tensors = read_weights(folder, manifest)
    where = str(path)
    packed, state = packed_parts(tensors, where)
    with torch.device("meta"):
        network = card.build(config)
    shapes = {name: one.shape for name, one in network.state_dict().items()}
    found = {name: torch.Size(one.shape) for name, one in packed.items()} | {name: one.shape for name, one in state.items()}
    if shapes != found:
        wrong = min(name for name in shapes.keys() | found.keys() if shapes.get(name) != found.get(name))
        raise WeightsError(f"{where} is of another network than {MANIFEST} says: they differ in {wrong}; save it again")
    state = {name: one.float() for name, one in state.items()}
    weights = {name: one.kept for name, one in packed.items()} | state
    if infinite := [name for name, one in weights.items() if not bool(one.isfinite().all())]:
        raise WeightsError(f"{where} has NaN or infinite values in {infinite[0]}; it is not a network")
    for name, module in list(network.named_modules()):
        weight = packed.get(f"{name}.weight")
        if not isinstance(module, nn.Conv2d) or weight is None:
            continue
        parent, _, own = name.rpartition(".")
        setattr(network.get_submodule(parent), own, PackedConvolution(module, weight.bits, weight.kept.float()))
        state |= {f"{name}.bits": weight.bits, f"{name}.kept": weight.kept.float()}
        del packed[f"{name}.weight"]
    state |= {name: one.dense().float() for name, one in packed.items()}
    network.load_state_dict(state, assign=True)
    return Pretrained(card=card, config=config, network=network.eval(), source=manifest.source)
