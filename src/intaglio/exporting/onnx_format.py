"""ONNX: graphs as files that ONNX Runtime and others run; needs the extra `onnx`."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from intaglio.exporting.export_format import ExportFormat, Precision
from intaglio.exporting.graphs.graph import Graph
from intaglio.exporting.onnx_halved import halve_
from intaglio.vocabulary.errors import OptionError

# Of the operators: what ONNX Runtime has known since 1.14, and what torch's exporter writes without translating.
_OPSET = 18
# Of messages of ONNX Runtime: errors.
_ERRORS = 3


def _require() -> None:
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise OptionError(f"{error.name}, which ONNX needs, is not installed; pip install 'intaglio[onnx]'") from None


class _Positional(nn.Module):
    """A module that takes tensors by their places alone, whatever it calls them."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *tensors: Tensor) -> Tensor | tuple[Tensor, ...]:
        found: Tensor | tuple[Tensor, ...] = self.module(*tensors)
        return found


def _write(graph: Graph, precision: Precision, notes: Mapping[str, str]) -> bytes:
    with _quiet():
        program = torch.onnx.export(
            _Positional(graph.module).eval(),
            tuple(port.traced for port in graph.takes),
            dynamo=True,
            verbose=False,
            opset_version=_OPSET,
            input_names=[port.name for port in graph.takes],
            output_names=list(graph.gives),
            dynamic_shapes=(tuple(dict(port.free) or None for port in graph.takes),),
        )
    assert program is not None
    model = program.model_proto
    if precision == "float16":
        halve_(model)
    # The exporter writes where every operator stands in our sources, with the paths of this machine.
    for part in (*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]
    del model.graph.metadata_props[:], model.metadata_props[:]
    meanings = {port.name: port.meaning for port in graph.takes}
    for taken in model.graph.input:
        taken.doc_string = meanings[taken.name]
    model.doc_string = graph.title
    for name, note in notes.items():
        model.metadata_props.add(key=name, value=note)
    content: bytes = model.SerializeToString()
    return content


def _run(content: bytes, graph: Graph) -> list[Tensor]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = torch.get_num_threads(), _ERRORS
    judge = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    taken = {port.name: port.tried.numpy() for port in graph.takes}
    # A graph may do without something that it is told, which then is no input of the file.
    known = {one.name for one in judge.get_inputs()}
    found = judge.run(list(graph.gives), {name: value for name, value in taken.items() if name in known})
    return [torch.from_numpy(one) for one in found]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what torch's exporter says of itself, and of torchvision, which is not needed."""
    about_others = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = about_others.level
    about_others.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)` is deprecated", FutureWarning)
            yield
    finally:
        about_others.setLevel(level)


ONNX = ExportFormat(
    name="onnx",
    title=f"ONNX, opset {_OPSET}, checked by ONNX Runtime",
    suffix=".onnx",
    require=_require,
    write=_write,
    run=_run,
)
