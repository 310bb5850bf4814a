"""Build hook: compiles the CPU kernels where a C++ compiler is at hand, and fetches the page's viewer where npm is.

Without the kernels the package runs on torch alone, without the viewer the page shows plain pictures.
"""

import platform
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_FOLDER = Path("src/intaglio/runtime")
_FLAGS = ("-O3", "-std=c++17", "-fPIC", "-shared", "-fopenmp", "-mavx512f", "-mavx512vl", "-mfma")


_VIEWER = "openseadragon.min.js"


class BuildHook(BuildHookInterface):
    """Puts what is made where the package looks for it; what cannot be made is reported and does not stop the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Both."""
        self._compile_kernels(build_data)
        self._fetch_viewer(build_data)

    def _fetch_viewer(self, build_data: dict[str, Any]) -> None:
        """Take the version that package-lock.json pins, with its license."""
        npm, static = shutil.which("npm"), Path(self.root) / "src/intaglio/web/static"
        if npm is None:
            self.app.display_warning("no npm: the page of `intaglio serve` shows plain pictures, without deep zoom")
            return
        with tempfile.TemporaryDirectory() as folder:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(Path(self.root) / name, folder)
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if result.returncode:
                self.app.display_warning(f"no deep zoom, npm failed: {result.stderr.strip()[-300:]}")
                return
            package = Path(folder) / "node_modules/openseadragon"
            shutil.copy(package / "build/openseadragon" / _VIEWER, static / _VIEWER)
            shutil.copy(package / "LICENSE.txt", static / "openseadragon.LICENSE.txt")
        for name in (_VIEWER, "openseadragon.LICENSE.txt"):
            build_data["artifacts"].append(str((static / name).relative_to(self.root)))

    def _compile_kernels(self, build_data: dict[str, Any]) -> None:
        """The library lies beside its source, and the wheel's tag says so; only processors with its instructions load it."""
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
