"""Programs that are killed again and again, until they have had time enough to end."""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence


def kills(command: Sequence[str], patience: Callable[[int], float]) -> int:
    """How often a program was killed before it ended well.

    Args:
        command: prints a line as soon as it is at work.
        patience: (how often it was killed) -> seconds that it is left at work.

    """
    for attempt in range(30):
        with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                process.wait(timeout=patience(attempt))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                continue
        assert process.returncode == 0
        return attempt
    raise AssertionError("it never had time enough to end")
