"""A new network is one file and its line in the catalogs; the contract tests of all networks then run on it too."""

import os
import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
CONTRACTS = (
    "models/test_network.py",
    "stylizing",
    "training/test_whole.py",
    "storage/test_artifact.py",
    "metrics/test_cost.py",
    "exporting/test_graphs.py",
)


def test_a_network_that_is_registered_is_tested() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "toy_network", "-p", "no:cacheprovider", "-k", "toy"]
    done = subprocess.run(
        [*command, *CONTRACTS],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed.group(1)) >= 30, "the contracts are found by the catalog"
