"""Build hook: compiles the CPU kernels where a C++ compiler is at hand; without them the package runs on torch alone.

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
_BUILT = ("_native.*.so", "_native.*.pyd", "runtime/libkernels.so")


class KernelHook(BuildHookInterface):
    """Puts the compiled libraries into the package; it loads them only on a processor that has their instructions."""

    def dependencies(self) -> list[str]:
        """CMake and what it drives, from the package index, where a compiler is there and they are not."""
        if _compiler() is None:
            return []
        missing = ["cmake"] if shutil.which("cmake") is None else []
        return missing + (["ninja"] if shutil.which("ninja") is None and shutil.which("make") is None else [])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say so in the wheel's tag."""
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
