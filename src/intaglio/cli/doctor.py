"""`intaglio doctor`: what this installation can use of this machine."""

from typing import Annotated, Any

import typer


def run(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say which kernels and devices are used here, and what is missing."""
    from intaglio.cli.output import print_facts, print_json

    found = _found()
    if as_json:
        print_json(found)
        return
    print_facts((name.replace("_", " "), str(value)) for name, value in found.items())


def _found() -> dict[str, Any]:
    import torch

    from intaglio import __version__
    from intaglio.runtime.hardware import describe_hardware
    from intaglio.runtime.kernels import kernel
    from intaglio.runtime.native import instruction_sets, peak_rate

    sets = instruction_sets()
    missing = "not there: no C++ compiler was found when this was installed, or it failed; torch computes, slower"
    winograd = kernel("intaglio_winograd", "pspppsiiiii") is not None
    return {
        "intaglio": __version__,
        "hardware": describe_hardware(torch.device("cpu")),
        "sparse_kernels": f"{sets[0]}, of {', '.join(sets)}" if sets else missing,
        "peak": f"{peak_rate() / 1e9:.0f} GFLOP/s a thread" if sets else "not measured",
        "winograd_kernels": "AVX-512" if winograd else "not used: they were not built, or the processor lacks AVX-512",
        "graphics_card": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
    }
