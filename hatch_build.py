"""Build hook: compiles the CPU kernels where a C++ compiler is at hand; without them the package runs on torch alone."""

import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_FOLDER = Path("src/intaglio/runtime")
_FLAGS = ("-O3", "-std=c++17", "-fPIC", "-shared", "-fopenmp", "-mavx512f", "-mavx512vl", "-mfma")


class KernelHook(BuildHookInterface):
    """Puts the shared library beside its source; the package loads it only on a processor that has its instructions."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say so in the wheel's tag; a compiler that fails is reported and does not stop the build."""
        compiler = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
        if compiler is None or platform.machine() not in ("x86_64", "AMD64") or platform.system() != "Linux":
            self.app.display_warning("no CPU kernels for this machine: convolutions run on torch alone")
            return
        folder = Path(self.root) / _FOLDER
        library = folder / "libkernels.so"
        sources = sorted(str(path) for path in folder.glob("*.cpp"))
        command = [compiler, *_FLAGS, *sources, "-o", str(library)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            self.app.display_warning(f"CPU kernels left out, {compiler} failed: {result.stderr.strip()[-300:]}")
            return
        build_data["artifacts"].append(str(library.relative_to(self.root)))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
