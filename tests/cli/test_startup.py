import os
import subprocess
import sys
from pathlib import Path

import pytest

LIST_MODULES = "import sys; print(*sys.modules)"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_importing_the_package_imports_no_torch() -> None:
    loaded = run("-c", f"import intaglio; intaglio.IntaglioError; {LIST_MODULES}").stdout.split()
    assert "intaglio.vocabulary.errors" in loaded
    assert "torch" not in loaded


def test_help_imports_no_torch() -> None:
    script = f"from intaglio.cli.main import main; assert main(['--help']) == 0; {LIST_MODULES}"
    output = run("-c", script).stdout
    assert "Usage: intaglio" in output
    loaded = output.split()
    assert "intaglio.cli.main" in loaded
    assert not {"torch", "numpy", "pyvips", "pydantic", "rich"} & set(loaded)


def test_the_process_exits_with_2_and_one_line_on_standard_error(tmp_path: Path) -> None:
    result = run("-W", "error", "-m", "intaglio.cli.main", "inspect", str(tmp_path))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("intaglio: error: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "spins"), [({}, "1000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "active"}, None)], ids=str
)
def test_waiting_threads_give_the_processor_up_unless_the_user_says_otherwise(given: dict[str, str], spins: str | None) -> None:
    program = "import os, sys; from intaglio.cli.main import main; assert 'torch' not in sys.modules; main(['--version']); "
    inherited = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    found = subprocess.run(
        [sys.executable, "-c", program + "print(os.environ.get('GOMP_SPINCOUNT'))"],
        capture_output=True,
        text=True,
        check=True,
        env=inherited | given,
    )
    assert found.stdout.splitlines()[-1] == str(spins)
