"""Tickets whose files were changed by somebody who kept the checksum right."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor


def edit(artifact: Path, change: Callable[[dict[str, Tensor]], None]) -> None:
    """Change the tensors of a ticket in its folder."""
    path = artifact / "ticket.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)
    config = json.loads((artifact / "config.json").read_text())
    config["weights_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (artifact / "config.json").write_text(json.dumps(config))
