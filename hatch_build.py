"""Build hook: compiles the CPU kernels where a C++ compiler is at hand, and fetches the page's viewer where npm is.

Without the kernels the package runs on torch alone, without the viewer the page shows plain pictures.

CMake builds `src/native` and installs what comes out into `src/intaglio`, where an editable installation and a wheel find it.
Whatever fails is reported and does not stop the build.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SOURCE, _PACKAGE = Path("src/native"), Path("src/intaglio")
_NAME = "openseadragon"
_VIEWER = f"{_NAME}.min.js"
_BUILT = ("_native.*.so", "_native.*.pyd", "runtime/libkernels.so")


class BuildHook(BuildHookInterface):
    """Puts what is made where the package looks for it; kernels are loaded only on a processor that has their instructions."""

    def dependencies(self) -> list[str]:
        """CMake and what it drives, from the package index, where a compiler is there and they are not."""
        if _compiler() is None:
            return []
        missing = ["cmake"] if shutil.which("cmake") is None else []
        return missing + (["ninja"] if shutil.which("ninja") is None and shutil.which("make") is None else [])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the kernels, fetch the viewer, and say so in the wheel."""
        package = Path(self.root) / _PACKAGE
        for path in _built(package):
            path.unlink()
        failure = self._compile(package)
        if failure:
            self.app.display_warning(f"no CPU kernels, convolutions run on torch alone: {failure}")
        if built := _built(package):
            build_data["artifacts"] += [str(path.relative_to(self.root)) for path in built]
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
        build_data["artifacts"] += [str(path.relative_to(self.root)) for path in self._fetch_viewer(package / "web/static")]

    def _fetch_viewer(self, static: Path) -> list[Path]:
        """Take the version that package-lock.json pins, with its license; nothing where npm is missing or fails."""
        npm = shutil.which("npm")
        if npm is None:
            self.app.display_warning("no npm: the page of `intaglio serve` shows plain pictures, without deep zoom")
            return []
        with tempfile.TemporaryDirectory() as folder:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(Path(self.root) / name, folder)
            command = [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
            result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if result.returncode:
                self.app.display_warning(f"no deep zoom, npm failed: {result.stderr.strip()[-300:]}")
                return []
            package = Path(folder) / "node_modules/openseadragon"
            found = {_VIEWER: package / "build/openseadragon" / _VIEWER, f"{_NAME}.LICENSE.txt": package / "LICENSE.txt"}
            return [Path(shutil.copy(path, static / name)) for name, path in found.items()]

    def _compile(self, package: Path) -> str:
        """Why there are no kernels; nothing if there are."""
        if _compiler() is None:
            return "there is no C++ compiler"
        cmake = shutil.which("cmake")
        if cmake is None:
            return "there is no cmake"
        with tempfile.TemporaryDirectory() as folder:
            generator = ["-G", "Ninja"] if shutil.which("ninja") else []
            configure = [
                cmake,
                "-S",
                str(Path(self.root) / _SOURCE),
                "-B",
                folder,
                *generator,
                f"-DPython_EXECUTABLE={sys.executable}",
            ]
            build = [cmake, "--build", folder, "--parallel", str(os.cpu_count() or 1)]
            for command in (configure, build, [cmake, "--install", folder, "--prefix", str(package)]):
                result = subprocess.run(command, capture_output=True, text=True, check=False)
                if result.returncode:
                    return f"{' '.join(command[:2])} failed: {(result.stderr or result.stdout).strip()[-300:]}"
        return ""


def _compiler() -> str | None:
    named = os.environ.get("CXX", "").split()
    return shutil.which(named[0]) if named else shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")


def _built(package: Path) -> list[Path]:
    return sorted(path for pattern in _BUILT for path in package.glob(pattern))
