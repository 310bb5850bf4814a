"""Reading checkpoints of other projects without running anything in them.

`torch.load` with `weights_only=True`, always: the unpickler then builds tensors and plain containers and refuses the rest.
There is no way to switch that off.
"""

import hashlib
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from intaglio.vocabulary.errors import WeightsError

# No checkpoint is this short; text files that stand in for one are.
_STUB_BYTES = 512


def read_state(path: Path, *, under: str | None = None) -> dict[str, Tensor]:
    """The tensors of a `.pth` file, zip or older pickle container, on the CPU; floating point ones as float32.

    Args:
        path: the file.
        under: key of the state dict where the file nests it beside other facts ("model"); a bare state dict is taken too.

    Raises:
        WeightsError: missing, empty, truncated, not a checkpoint, or a pickle that wants to run code.

    """
    content = _load(path)
    if under is not None and isinstance(content, Mapping) and isinstance(content.get(under), Mapping):
        content = content[under]
    if not isinstance(content, Mapping) or not content:
        raise WeightsError(f"{path} holds {_describe(content)} where named tensors were expected; it is not a state dict")
    others = [key for key, value in content.items() if not isinstance(key, str) or not _is_plain(value)]
    if others:
        raise WeightsError(
            f"{path} is not a state dict: {str(others[0])[:60]!r} is {_describe(content[others[0]])}, no dense tensor"
        )
    return {key: tensor.float() if tensor.is_floating_point() else tensor for key, tensor in content.items()}


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load(path: Path) -> Any:
    _refuse_stubs(path)
    try:
        # Old containers make torch warn about its own storage classes, which is no business of the user.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle can fail in any way
        wanted = re.search(r"GLOBAL (\S+)", str(error))
        if wanted is not None:
            raise WeightsError(f"{path} wants to run code ({wanted[1]}); refused, ask for plain tensors instead") from None
        reason = str(error).strip().partition("\n")[0].partition(". ")[0]
        raise WeightsError(
            f"{path} is truncated, damaged or no PyTorch checkpoint ({type(error).__name__}: {reason[:80]}); get the file again"
        ) from None


def _refuse_stubs(path: Path) -> None:
    """Name the usual mishaps before the unpickler fails on them in words nobody understands."""
    if not path.is_file():
        raise WeightsError(f"{path} is a folder; a file is expected" if path.is_dir() else f"there is no file {path}")
    size = path.stat().st_size
    if size == 0:
        raise WeightsError(f"{path} is empty; get the file again")
    if size > _STUB_BYTES:
        return
    content = path.read_bytes()
    text = content.decode(errors="replace").strip()
    if text.startswith("version https://git-lfs"):
        raise WeightsError(f"{path} is a git LFS pointer, not the file; run `git lfs pull` where it came from")
    if text.isprintable() and text.endswith((".pth", ".pt", ".tar")):
        raise WeightsError(
            f"{path} is not a checkpoint but {size} bytes of text, {text!r}: a git symlink unpacked as a file; "
            "put the file it names in its place"
        )


def _is_plain(value: Any) -> bool:
    """A tensor with its numbers in it: not sparse, and not a shape alone."""
    return isinstance(value, Tensor) and value.layout == torch.strided and not value.is_meta


def _describe(content: Any) -> str:
    return "an empty dict" if isinstance(content, Mapping) and not content else f"a {type(content).__name__}"
