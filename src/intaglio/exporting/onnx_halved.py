"""`halve_`: ONNX graphs whose convolutions compute in float16.

Convolutions, and what only hands their values on, take and give float16; everything else, statistics and attention above all,
stays in float32, as well as what goes in and comes out. Weights are float16, so a file is half as large.
"""

from collections.abc import Mapping
from typing import Any

_SINGLE, _HALF = 1, 10
"""float32 and float16 in ONNX."""
# Operators that are to compute in float16, with the places of their inputs that hold features or weights.
_HALVED: Mapping[str, tuple[int, ...]] = {
    "Conv": (0, 1, 2),
    "ConvTranspose": (0, 1, 2),
    "Gemm": (0, 1, 2),
    "MaxPool": (0,),
    "Pad": (0, 2),
    "Relu": (0,),
    "Resize": (0,),
}


def halve_(model: Any) -> None:
    """Let a model of ONNX (`ModelProto`) compute in float16.

    Args:
        model: without functions and subgraphs; nodes in the order in which they run.

    """
    graph = model.graph
    nodes, given = list(graph.node), [one.name for one in graph.output]
    del graph.node[:], graph.value_info[:]
    writing = _Writing(graph)
    for node in nodes:
        places = _HALVED.get(node.op_type)
        if places is None:
            for name in node.input:
                writing.single(name)
            graph.node.append(node)
            continue
        for place in places:
            if place < len(node.input) and node.input[place]:
                node.input[place] = writing.half(node.input[place])
        node.output[0] = writing.gives_half(node.output[0])
        graph.node.append(node)
    for name in given:
        writing.single(name)
    used = {name for node in graph.node for name in node.input}
    kept = [one for one in graph.initializer if one.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


class _Writing:
    """A graph that is written anew, and which of its tensors there are in which precision."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.weights = {one.name: one for one in graph.initializer}
        self.halves: dict[str, str] = {}
        """Of tensors that exist in float16: their names there."""
        self.only_half: set[str] = set()
        """Of these, those that do not exist in float32 yet."""

    def half(self, name: str) -> str:
        """The name of a tensor in float16; it is made if there is none."""
        if name not in self.halves:
            self.halves[name] = f"{name}.half"
            if name in self.weights:
                self._halve_weight(name)
            else:
                self._cast(name, self.halves[name], _HALF)
        return self.halves[name]

    def gives_half(self, name: str) -> str:
        """The name in float16 of a tensor that is computed there."""
        self.halves[name] = f"{name}.half"
        self.only_half.add(name)
        return self.halves[name]

    def single(self, name: str) -> None:
        """See to it that a tensor exists in float32."""
        if name in self.only_half:
            self.only_half.remove(name)
            self._cast(self.halves[name], name, _SINGLE)

    def _cast(self, name: str, made: str, kind: int) -> None:
        from onnx import helper

        self.graph.node.append(helper.make_node("Cast", [name], [made], name=f"{made}.cast", to=kind))

    def _halve_weight(self, name: str) -> None:
        from onnx import numpy_helper

        weight = numpy_helper.to_array(self.weights[name])
        self.graph.initializer.append(numpy_helper.from_array(weight.astype("float16"), self.halves[name]))
