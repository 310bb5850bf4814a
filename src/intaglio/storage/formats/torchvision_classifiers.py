"""torchvision's AlexNet, VGG-16 (with batch normalization or without) and ResNet-50, trained on ImageNet, of any widths.

torchvision normalizes pictures outside the network; ours subtracts the mean inside.

Departures:
- Counts of batches, which torch keeps beside the statistics of batch normalization, are dropped.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from intaglio.models.catalog import MODELS
from intaglio.storage.foreign import read_state, sha256_of
from intaglio.storage.import_format import ImportFormat, ImportOptions
from intaglio.storage.pretrained import Pretrained, Source, assemble
from intaglio.vocabulary.errors import WeightsError

State = Mapping[str, Tensor]
_COUNT = "num_batches_tracked"
_ALEXNET = {
    **{f"features.{theirs}": f"conv{number}" for number, theirs in enumerate((0, 3, 6, 8, 10), 1)},
    **{f"classifier.{theirs}": f"fc{number}" for number, theirs in enumerate((1, 4, 6), 6)},
}


def _alexnet(state: State) -> dict[str, Any]:
    """The configuration that the shapes speak of."""
    rows = [_rows(state, layer) for layer in _ALEXNET]
    shape = {"groups": 1, "padding": 2, "normalized": False, "side": 224}
    return {**shape, "widths": rows[:5], "hidden": rows[5:7], "classes": rows[7]}


def _vgg16(state: State) -> dict[str, Any]:
    weights = [key for key in state if key.startswith("features.") and key.endswith(".weight")]
    widths = [len(state[key]) for key in weights if state[key].dim() == 4]
    hidden = [_rows(state, f"classifier.{place}") for place in (0, 3)]
    norms = any(key.endswith(".running_mean") for key in state)
    return {"widths": widths, "hidden": hidden, "batch_norm": norms, "classes": _rows(state, "classifier.6")}


def _resnet50(state: State) -> dict[str, Any]:
    stages: list[list[list[int]]] = []
    outputs: list[int] = []
    while f"layer{len(stages) + 1}.0.conv1.weight" in state:
        stage, blocks = f"layer{len(stages) + 1}", list[list[int]]()
        while f"{stage}.{len(blocks)}.conv1.weight" in state:
            blocks.append([_rows(state, f"{stage}.{len(blocks)}.conv{number}") for number in (1, 2)])
        outputs.append(_rows(state, f"{stage}.0.conv3"))
        stages.append(blocks)
    return {"stem": _rows(state, "conv1"), "inner": stages, "outputs": outputs, "classes": _rows(state, "fc")}


def _rows(state: State, layer: str) -> int:
    weight = state.get(f"{layer}.weight")
    if weight is None or weight.dim() == 0:
        raise WeightsError(f"there is no tensor '{layer}.weight'; it is a file of another network, or incomplete")
    return len(weight)


def _read(
    model: str, describe: Callable[[State], dict[str, Any]], names: Mapping[str, str], file: Path, options: ImportOptions
) -> Pretrained:
    state = {key: tensor for key, tensor in read_state(file).items() if not key.endswith(_COUNT)}
    try:
        described = describe(state)
    except WeightsError as error:
        raise WeightsError(f"{file}: {error}") from None
    card = MODELS[model]
    config = card.config.parse(described, where=str(file))
    tensors = {}
    for key, tensor in state.items():
        layer, _, part = key.rpartition(".")
        tensors[f"{names.get(layer, layer)}.{part}"] = tensor
    source = Source(
        format=f"torchvision-{model}",
        repository="https://github.com/pytorch/vision",
        license="BSD-3-Clause",
        files=((file.name, sha256_of(file)),),
    )
    return assemble(card, config, tensors, source=source, where=str(file))


def _format(model: str, title: str, describe: Callable[[State], dict[str, Any]], names: Mapping[str, str]) -> ImportFormat:
    return ImportFormat(
        name=f"torchvision-{model}",
        title=f"torchvision's {title} (ImageNet)",
        model=model,
        takes="file",
        holds=f"the state dict of torchvision.models.{model}",
        read=partial(_read, model, describe, names),
    )


FORMATS = (
    _format("alexnet", "AlexNet", _alexnet, _ALEXNET),
    _format("vgg16", "VGG-16", _vgg16, {}),
    _format("resnet50", "ResNet-50", _resnet50, {}),
)
