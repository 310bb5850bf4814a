"""A job of `jobs.py` in a process of its own, which kills itself: `python killed_run.py FOLDER EVENTS RESUME`.

A process that gets SIGKILL has no chance to tidy up, whoever sends it; sent by itself, it comes at the same point every time.
"""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from stylizing.jobs import interrupting, job

if __name__ == "__main__":
    folder, events, resume = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "resume"
    listener = interrupting(events, lambda: os.kill(os.getpid(), signal.SIGKILL))
    job(folder, styles=2, mask=True, strength=0.8).run(resume=resume, listener=listener)
