"""Programs that are killed again and again, until they have had time enough to end."""

import subprocess
import time
from collections.abc import Callable, Sequence

import psutil

_TICK = 0.02


def kills(command: Sequence[str], patience: Callable[[int], float]) -> int:
    """How often a program was killed before it ended well.

    Args:
        command: prints a line as soon as it is at work.
        patience: (how often it was killed) -> seconds of the processor that it is left at work, so that a busy machine does not
            cut it short.

    """
    for attempt in range(30):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            begun, patient = _worked(process.pid), patience(attempt)
            while process.poll() is None and _worked(process.pid) - begun < patient:
                time.sleep(_TICK)
            if process.poll() is None:
                workers = psutil.Process(process.pid).children(recursive=True)
                process.kill()
                # Nobody tells them; what goes on must not meet them.
                assert psutil.wait_procs(workers, timeout=60)[1] == []
                continue
        assert process.returncode == 0
        return attempt
    raise AssertionError("it never had time enough to end")


def _worked(pid: int) -> float:
    """Seconds of the processor that a process and those it began have had."""
    total = 0.0
    try:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            total += times.user + times.system
    except psutil.NoSuchProcess:
        pass
    return total
