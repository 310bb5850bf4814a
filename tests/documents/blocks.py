"""Fenced code blocks of a Markdown page, and running them as a reader of a fresh checkout would."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

RUN = ("sh", "python")
SHOWN = ("text", "json", "toml")
_FENCE = re.compile(r"^ *```(.*)$")
_NOT_RUN = re.compile(r"^# not run: \S+")
_LEFT_BEHIND = (".*", "__pycache__", "*.egg-info", "build", "demo", "dist", "gallery")


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block."""

    line: int
    language: str
    text: str

    @property
    def runs(self) -> bool:
        """Shell and Python run, unless the first line says `# not run: reason`, visibly to the reader."""
        return self.language in RUN and not _NOT_RUN.match(self.text)


def blocks_of(page: str) -> list[Block]:
    """All fenced blocks, in order.

    Raises:
        ValueError: a fence is left open, or a block is in a language of which nobody said whether it runs.

    """
    found: list[Block] = []
    start, language, lines = 0, "", list[str]()
    for number, line in enumerate(page.splitlines(), 1):
        fence = _FENCE.match(line)
        if fence is None:
            lines.append(line)
        elif start:
            found.append(Block(line=start, language=language, text="\n".join(lines)))
            start = 0
        else:
            start, language, lines = number, fence[1].strip(), []
            if language not in RUN + SHOWN:
                raise ValueError(f"line {number}: a block is one of {', '.join(RUN + SHOWN)}, not {language!r}")
    if start:
        raise ValueError(f"line {start}: the block is never closed")
    return found


def copy_checkout(root: Path, folder: Path) -> Path:
    """The files of a checkout in a folder of their own, so that commands find samples and may write."""
    return Path(shutil.copytree(root, folder, ignore=shutil.ignore_patterns(*_LEFT_BEHIND)))


def run(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a block in a folder, with the `intaglio` and `python` of the running tests, and without input."""
    command = ["sh", "-eu", "-c"] if block.language == "sh" else [sys.executable, "-W", "error", "-c"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": path, "NO_COLOR": "1"}
    return subprocess.run(  # the input is a page of this repository
        [*command, block.text],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
