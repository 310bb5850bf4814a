"""Which of several ways a layer is executed in: as asked, or the one that a short measurement found faster on this machine."""

import json
import platform
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import torch

from intaglio.images.atomic import replacing
from intaglio.runtime.hardware import describe_hardware
from intaglio.runtime.native import instruction_sets
from intaglio.runtime.operators import Operator

# Found choices, for the processes to come.
_FOLDER = Path.home() / ".cache" / "intaglio"
# Turns of a measurement, and the seconds after which no other begins.
_TURNS, _SECONDS = 5, 0.3
# Values of a piece that is measured with: as many as those of a tile of the engine's in the middle of VGG.
_VALUES, _SIDES = 524_288, (16, 96)


def faster(makers: Mapping[str, Callable[[], Operator]], layer: str) -> Operator:
    """The operator that takes the least time here.

    It is measured once for every kind of layer, in turns on a piece of random values, and noted in a file of this machine; a
    file that cannot be read or written costs another measurement.

    Args:
        makers: of operators that compute the same, by name.
        layer: what the layer is like; layers called the same are run the same way.

    """
    known, key = _known(_machine()), f"{layer}, {' or '.join(makers)}"
    if known.get(key) not in makers:
        operators = {name: make() for name, make in makers.items()}
        seconds = dict(zip(operators, _least_seconds(list(operators.values())), strict=True))
        known[key] = min(seconds, key=seconds.__getitem__)
        _note(_machine(), known)
        return operators[known[key]]
    return makers[known[key]]()


def _least_seconds(operators: list[Operator]) -> list[float]:
    """Of each operator for the same piece of output, the least of several turns."""
    wide = max(max(one.channels, one.outputs) for one in operators)
    side = min(max(int((_VALUES / wide) ** 0.5), _SIDES[0]), _SIDES[1]) // 2 * 2
    least = [float("inf")] * len(operators)
    began = time.perf_counter()
    with torch.inference_mode():
        for turn in range(_TURNS + 1):
            for index, operator in enumerate(operators):
                inner = side // 2 if operator.reach.kind == "double" else side
                shape = (1, operator.channels, inner + 2, inner + 2)
                x = torch.full(shape, 0.5).contiguous(memory_format=torch.channels_last)
                into = torch.empty((1, operator.outputs, side, side), memory_format=torch.channels_last)
                start = time.perf_counter()
                if operator.write is not None:
                    operator.write(x, into, operator.rectify)
                else:
                    torch.clamp_min(operator.run(x, side, side), 0, out=into)
                if turn:
                    least[index] = min(least[index], time.perf_counter() - start)
            if turn and time.perf_counter() - began > _SECONDS:
                break
    return least


@cache
def _known(machine: str) -> dict[str, str]:
    """What was found on this machine: by layer, the name of the faster way."""
    try:
        content = json.loads(_file().read_bytes())
        found = content.get(machine, {})
        return {str(layer): str(name) for layer, name in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _note(machine: str, known: Mapping[str, str]) -> None:
    try:
        content = json.loads(_file().read_bytes())
    except (OSError, ValueError):
        content = {}
    if not isinstance(content, dict):
        content = {}
    content[machine] = dict(sorted(known.items()))
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        with replacing(_file(), durable=False) as path:
            path.write_text(json.dumps(content, indent=1) + "\n")
    except OSError:
        return


def _file() -> Path:
    return _FOLDER / "layers.json"


def _machine() -> str:
    return f"{platform.node()}: {describe_hardware(torch.device('cpu'))}, {', '.join(instruction_sets()[:1])}"
