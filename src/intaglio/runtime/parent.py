"""`follow_parent`: processes that end with the one that started them."""

import multiprocessing
import os
import signal
import threading


def follow_parent() -> None:
    """End this process when the one that started it ends, however it does: nobody tells the children of a killed process."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
