"""Peak memory of a process and all below it, as JSON when told to end: `python benchmarks/page_memory.py PID`."""

import json
import signal
import sys
import time

import psutil


def main() -> None:
    peaks = {"pss": 0, "rss": 0}
    running = True

    def end(*_: object) -> None:
        nonlocal running
        running = False

    signal.signal(signal.SIGTERM, end)
    root = psutil.Process(int(sys.argv[1]))
    while running:
        found = {"pss": 0, "rss": 0}
        parts = {}
        for process in [root, *root.children(recursive=True)]:
            try:
                one = process.memory_full_info()
            except psutil.Error:
                continue
            found["pss"] += one.pss
            found["rss"] += one.rss
            parts[process.pid] = one.pss
        if found["pss"] > peaks["pss"]:
            peaks["parts"] = list(parts.values())
        peaks = {**peaks, **{kind: max(peaks[kind], found[kind]) for kind in found}}
        time.sleep(0.2)
    print(json.dumps(peaks))


main()
